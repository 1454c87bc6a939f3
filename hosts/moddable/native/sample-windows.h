/*
 * The reduction of a converter's samples to windows that the port Sampler promises (firmware/host.ts), for the chip's DMA and for the
 * desktop's replay. Pure C11: no allocation, no global, no XS. One task or interrupt adds, one other may take at the same time.
 */
#ifndef CHOIR_SAMPLE_WINDOWS_H
#define CHOIR_SAMPLE_WINDOWS_H

#include <stdint.h>

/* As in firmware/host.ts. */
#define CHOIR_WINDOW_MICROS 200000
#define CHOIR_HIGHEST_COUNT 4095
#define CHOIR_WINDOW_SAMPLES_MOST 20000
#define CHOIR_WINDOWS_KEPT 64

/* The fields of SampleWindow. */
typedef struct {
	uint64_t sum_of_squares;
	uint64_t gap_micros;
	uint64_t duration_micros;
	uint32_t samples;
	uint32_t sum;
	uint32_t clipped;
	uint16_t minimum;
	uint16_t maximum;
} choir_sample_window;

/* All zero before the first sample. It may be moved in memory between calls while nobody else uses it. */
typedef struct {
	choir_sample_window open;
	uint64_t began_micros; /* of the open window */
	uint64_t ended_micros; /* of the last sample */
	uint64_t kept_micros; /* end of the last window that was kept, or the beginning of sampling */
	uint32_t running; /* whether there was a sample */
	uint32_t written; /* windows that were ever kept; wraps */
	uint32_t taken; /* windows that were ever taken; wraps */
	choir_sample_window kept[CHOIR_WINDOWS_KEPT];
} choir_sample_windows;

/*
 * Adds samples of 0 to CHOIR_HIGHEST_COUNT without a hole, evenly spread from one moment to a later one, in microseconds of a clock that
 * never falls. A first moment that is not the last one of before means that samples were lost between them.
 */
void choir_sample_windows_add(choir_sample_windows *windows, const uint16_t *counts, uint32_t count, uint64_t from_micros,
	uint64_t to_micros);

/* Numbers of a window as `choir_sample_window_numbers` writes them. */
#define CHOIR_WINDOW_NUMBERS 8

/* A window's fields in the order of SampleWindow. */
void choir_sample_window_numbers(const choir_sample_window *window, double numbers[CHOIR_WINDOW_NUMBERS]);

/* The oldest window that was not yet taken; 0 when there is none. */
int choir_sample_windows_take(choir_sample_windows *windows, choir_sample_window *window);

#endif
