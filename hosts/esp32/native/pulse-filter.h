/* Which edges of an S0 wire make a pulse: the truth table of firmware/pulse-filter.ts in C that an interrupt may run from RAM. Portable. */

#ifndef CHOIR_PULSE_FILTER_H
#define CHOIR_PULSE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

/* The last level that was held long enough; unsettled from boot until there was one. */
enum { CHOIR_UNSETTLED, CHOIR_LOW, CHOIR_HIGH };

typedef struct {
	/* Least lengths of each level, in microseconds. */
	int32_t least[2];
	/* When the present level began. */
	int64_t since;
	uint8_t level;
	uint8_t state;
	bool begun;
} ChoirPulseFilter;

/* Always inlined: its caller decides in which memory it lies. */
#define CHOIR_INLINE static inline __attribute__((always_inline))

CHOIR_INLINE void choir_filter_begin(ChoirPulseFilter *filter, int32_t least_low, int32_t least_high)
{
	filter->least[0] = least_low;
	filter->least[1] = least_high;
	filter->state = CHOIR_UNSETTLED;
	filter->begun = false;
}

/* Takes the level (0 or 1) behind an edge, or the level when the input is armed; returns whether it completes a pulse. */
CHOIR_INLINE bool choir_filter_edge(ChoirPulseFilter *filter, uint8_t level, int64_t now)
{
	uint8_t ended = filter->level;
	uint8_t state = filter->state;
	/* the same level twice: two edges between went unseen, and nothing is known of the time since */
	bool settled = filter->begun && level != ended && now - filter->since >= filter->least[ended];
	filter->begun = true;
	filter->level = level;
	filter->since = now;
	if (!settled)
		return false;
	filter->state = ended == 0 ? CHOIR_LOW : CHOIR_HIGH;
	return state == CHOIR_LOW && ended == 1;
}

#endif
