/* The repetition count test and the adaptive proportion test: see health-test.h. */

#include "health-test.h"

#include <string.h>

void choir_health_begin(ChoirHealthTest *test)
{
	memset(test, 0, sizeof(*test));
}

/* Before the first sample nothing has been repeated, whatever `last` is. */
static void count_repetition(ChoirHealthTest *test, uint8_t sample)
{
	test->repeats = sample == test->last ? test->repeats + 1 : 1;
	test->last = sample;
	if (test->repeats >= CHOIR_REPETITION_CUTOFF)
		test->failed = true;
}

static void count_proportion(ChoirHealthTest *test, uint8_t sample)
{
	if (test->seen == 0) {
		test->reference = sample;
		test->matches = 0;
	}
	if (sample == test->reference)
		test->matches++;
	test->seen = (test->seen + 1) % CHOIR_PROPORTION_WINDOW;
	if (test->matches >= CHOIR_PROPORTION_CUTOFF)
		test->failed = true;
}

bool choir_health_sample(ChoirHealthTest *test, uint8_t sample)
{
	count_repetition(test, sample);
	count_proportion(test, sample);
	return !test->failed;
}
