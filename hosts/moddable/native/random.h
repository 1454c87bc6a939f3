/* Random bytes for C: each host on the Moddable SDK has this function. */

#ifndef CHOIR_RANDOM_H
#define CHOIR_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

/* Fills the bytes from the host's own source; false, and nothing may be used of them, where that is not ready. */
bool choir_random(void *bytes, size_t length);

#endif
