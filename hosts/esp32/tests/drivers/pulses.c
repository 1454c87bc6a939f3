/* Drives pulse-filter.h: `LEAST-LOW LEAST-HIGH LEVEL@MICROS ...`, answered with 0 or 1 for each edge. */

#include "lines.h"
#include "pulse-filter.h"

int main(void)
{
	char *line;
	while ((line = next_line()) != NULL) {
		ChoirPulseFilter filter;
		int32_t low = (int32_t)strtol(strtok(line, " "), NULL, 10);
		int32_t high = (int32_t)strtol(strtok(NULL, " "), NULL, 10);
		const char *edge;
		choir_filter_begin(&filter, low, high);
		while ((edge = strtok(NULL, " ")) != NULL)
			printf("%d", choir_filter_edge(&filter, (uint8_t)(edge[0] - '0'), strtoll(edge + 2, NULL, 10)));
		printf("\n");
	}
	return 0;
}
