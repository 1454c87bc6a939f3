/*
 * The reduction as a program for its test: reads operations from standard input, numbers in little-endian of this machine, and writes a
 * line for each window that is taken. Operations: 0 begins anew; 1 takes all windows and ends them with a line that is a dot; 2, then two
 * 64-bit moments, a 32-bit number of samples and that many of 16 bits, adds.
 */

#include "../../native/sample-windows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int get(void *data, size_t bytes)
{
	return fread(data, 1, bytes, stdin) == bytes;
}

static int add(choir_sample_windows *windows)
{
	uint64_t moments[2];
	uint32_t count;
	uint16_t *counts;
	int whole;
	if (!get(moments, sizeof(moments)) || !get(&count, sizeof(count)))
		return 0;
	counts = malloc(sizeof(*counts) * ((size_t)count + 1));
	if (counts == NULL)
		return 0;
	whole = get(counts, sizeof(*counts) * count);
	if (whole)
		choir_sample_windows_add(windows, counts, count, moments[0], moments[1]);
	free(counts);
	return whole;
}

static void take(choir_sample_windows *windows)
{
	choir_sample_window window;
	while (choir_sample_windows_take(windows, &window))
		printf("%" PRIu32 " %" PRIu32 " %" PRIu64 " %u %u %" PRIu32 " %" PRIu64 " %" PRIu64 "\n", window.samples, window.sum,
			window.sum_of_squares, (unsigned)window.minimum, (unsigned)window.maximum, window.clipped, window.duration_micros,
			window.gap_micros);
	printf(".\n");
}

int main(void)
{
	static choir_sample_windows windows;
	uint8_t operation;
	while (get(&operation, 1)) {
		if (operation == 0)
			memset(&windows, 0, sizeof(windows));
		else if (operation == 1)
			take(&windows);
		else if (!add(&windows))
			return 1;
	}
	return 0;
}
