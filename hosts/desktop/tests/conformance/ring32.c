/* The native ring with 32-bit limbs, as a small chip compiles it, beside the one with 64-bit limbs, so that both are tested on one machine. */

#define CHOIR_LIMB_BITS 32
#define CHOIR_MONTGOMERY(name) choir_montgomery32_##name
#define CHOIR_RING(name) choir_ring32_##name

#include "../../../moddable/native/montgomery.c"
#include "../../../moddable/native/ring.c"
