/* Drives count-curve.h: `codes SLOPE OFFSET`, a straight calibration in microvolts a code and millivolts, answered with the counts of all codes. */

#include "count-curve.h"
#include "lines.h"

int main(void)
{
	char *line;
	while ((line = next_line()) != NULL) {
		ChoirCurve curve;
		strtok(line, " ");
		long slope = strtol(strtok(NULL, " "), NULL, 10), offset = strtol(strtok(NULL, " "), NULL, 10);
		for (int i = 0; i < CHOIR_CURVE_POINTS; i++)
			curve.points[i] = choir_count_of((int)(offset + slope * i * CHOIR_CURVE_STEP / 1000));
		for (int code = 0; code <= CHOIR_CURVE_MOST; code++)
			printf("%d ", choir_curve_at(&curve, (uint16_t)code));
		printf("\n");
	}
	return 0;
}
