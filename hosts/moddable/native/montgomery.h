/*
 * The ring Z mod n^2 of core/paillier/ring.ts in Montgomery form (Montgomery, Math. Comp. 44, 1985), on residues: the element v is kept as
 * lo + n*hi = v*R mod n^2 with 0 <= lo, hi < n and R = 2^(limb bits * limbs), so that every product and reduction has the length of n.
 *
 * No branch and no address depends on an operand's value, refusals apart; lengths and n are public. Scratch lies on the C stack, 4.2 KB at most,
 * and is wiped.
 * Pure C11: 64-bit limbs where the compiler has a 128-bit product, else 32-bit limbs. No allocation, no global, no XS.
 */
#ifndef CHOIR_MONTGOMERY_H
#define CHOIR_MONTGOMERY_H

#include <stddef.h>
#include <stdint.h>

#ifndef CHOIR_LIMB_BITS
#ifdef __SIZEOF_INT128__
#define CHOIR_LIMB_BITS 64
#else
#define CHOIR_LIMB_BITS 32
#endif
#endif

#if CHOIR_LIMB_BITS == 64
typedef uint64_t choir_limb;
typedef unsigned __int128 choir_two_limbs;
#else
typedef uint32_t choir_limb;
typedef uint64_t choir_two_limbs;
#endif

/* The longest n. */
#define CHOIR_MODULUS_BYTES_MOST 512
#define CHOIR_LIMB_BYTES (CHOIR_LIMB_BITS / 8)
#define CHOIR_LIMBS_MOST (CHOIR_MODULUS_BYTES_MOST / CHOIR_LIMB_BYTES)

/* A second copy of this code in one program, with limbs of the other width, needs other names. */
#ifndef CHOIR_MONTGOMERY
#define CHOIR_MONTGOMERY(name) choir_montgomery_##name
#endif

/* A modulus made ready. Its bytes may lie anywhere that is aligned for a limb, and may be moved between calls. */
typedef struct {
	choir_limb bytes; /* of n */
	choir_limb limbs; /* of n; an element has twice as many */
	choir_limb inverse; /* -1/n mod 2^(limb bits) */
	choir_limb words[]; /* n, then R^2 mod n^2 as lo and hi */
} choir_modulus;

/* Bytes of a modulus whose n has so many bytes, 1 to CHOIR_MODULUS_BYTES_MOST. */
size_t CHOIR_MONTGOMERY(modulus_size)(size_t bytes);

/* Bytes of an element. */
size_t CHOIR_MONTGOMERY(element_size)(const choir_modulus *modulus);

/* Makes n, big-endian, ready; 0 when it is even or below 3. Some milliseconds of a small chip. */
int CHOIR_MONTGOMERY(prepare)(choir_modulus *modulus, const uint8_t *n, size_t bytes);

/* a * b. The result may be one of the operands. */
void CHOIR_MONTGOMERY(multiply)(choir_limb *result, const choir_limb *a, const choir_limb *b, const choir_modulus *modulus);

/* a * a, in four fifths of the time. */
void CHOIR_MONTGOMERY(square)(choir_limb *result, const choir_limb *a, const choir_modulus *modulus);

/* a * (1 + n)^exponent; exponent big-endian, as many bytes as n. 0 when it is not below n: then nothing is written. */
int CHOIR_MONTGOMERY(times_power)(choir_limb *result, const choir_limb *a, const uint8_t *exponent, const choir_modulus *modulus);

/* The element lo + n*hi from lo, then hi, big-endian, each as many bytes as n. 0 when one of them is not below n: then the result is no element. */
int CHOIR_MONTGOMERY(read)(choir_limb *result, const uint8_t *halves, const choir_modulus *modulus);

/* lo, then hi, as `read` takes them. */
void CHOIR_MONTGOMERY(write)(uint8_t *halves, const choir_limb *a, const choir_modulus *modulus);

/* The value lo + n*hi, big-endian, twice as many bytes as n. */
void CHOIR_MONTGOMERY(value)(uint8_t *bytes, const choir_limb *a, const choir_modulus *modulus);

#endif
