/* Health tests of a noise source (NIST SP 800-90B, 4.4.1 and 4.4.2) on samples of 8 bits, for a claim of 4 bits of entropy in each. Portable. */

#ifndef CHOIR_HEALTH_TEST_H
#define CHOIR_HEALTH_TEST_H

#include <stdbool.h>
#include <stdint.h>

/* Samples that a start-up test looks at and throws away (4.3, 12). */
#define CHOIR_START_UP_SAMPLES 1024
/* 1 + 20 / 4: so many equal samples in a row come by chance once in 2^20 (alpha) at 4 bits of entropy a sample. */
#define CHOIR_REPETITION_CUTOFF 6
/* A window of the adaptive proportion test, for samples that are not bits. */
#define CHOIR_PROPORTION_WINDOW 512
/* 1 + the number of successes among 512 of probability 2^-4 that is reached with a probability of 1 - 2^-20. */
#define CHOIR_PROPORTION_CUTOFF 62

typedef struct {
	unsigned int repeats, seen, matches;
	uint8_t last, reference;
	bool failed;
} ChoirHealthTest;

void choir_health_begin(ChoirHealthTest *test);

/* Takes a sample; false from the first failure on, for good. */
bool choir_health_sample(ChoirHealthTest *test, uint8_t sample);

#endif
