/* A converter's codes made straight: 65 points of its calibration, and lines between. Portable. */

#ifndef CHOIR_COUNT_CURVE_H
#define CHOIR_COUNT_CURVE_H

#include <stdint.h>

#define CHOIR_CURVE_POINTS 65
/* Codes between two points. */
#define CHOIR_CURVE_STEP 64
#define CHOIR_CURVE_MOST 4095
/* What the highest count stands for: the same on every chip, whatever its reference. */
#define CHOIR_CURVE_MILLIVOLTS 3300

typedef struct {
	/* Counts, 0 to CHOIR_CURVE_MOST, of the codes 0, 64, ... 4096; none falls. */
	uint16_t points[CHOIR_CURVE_POINTS];
} ChoirCurve;

/* The count of a voltage. */
static inline uint16_t choir_count_of(int millivolts)
{
	int count = (millivolts * CHOIR_CURVE_MOST + CHOIR_CURVE_MILLIVOLTS / 2) / CHOIR_CURVE_MILLIVOLTS;
	return (uint16_t)(count < 0 ? 0 : count > CHOIR_CURVE_MOST ? CHOIR_CURVE_MOST : count);
}

/* The count of a code. Both ends of the converter's range stay what they are: there it clips, and that must show. */
static inline uint16_t choir_curve_at(const ChoirCurve *curve, uint16_t code)
{
	const uint16_t *point = &curve->points[code / CHOIR_CURVE_STEP];
	if (code == 0)
		return 0;
	if (code >= CHOIR_CURVE_MOST)
		return CHOIR_CURVE_MOST;
	return (uint16_t)(point[0] + ((point[1] - point[0]) * (code % CHOIR_CURVE_STEP) + CHOIR_CURVE_STEP / 2) / CHOIR_CURVE_STEP);
}

#endif
