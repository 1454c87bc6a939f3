/* Samples to windows, as sample-windows.h says. Per sample two additions and a product; divisions only where a window begins or ends. */

#include "sample-windows.h"

#include <string.h>

#ifdef __GNUC__
#define LOAD(counter) __atomic_load_n(&(counter), __ATOMIC_ACQUIRE)
#define STORE(counter, value) __atomic_store_n(&(counter), (value), __ATOMIC_RELEASE)
#else
/* The desktop, where one thread adds and takes. */
#define LOAD(counter) (counter)
#define STORE(counter, value) ((counter) = (value))
#endif

static void begin(choir_sample_windows *windows, uint64_t at_micros)
{
	memset(&windows->open, 0, sizeof(windows->open));
	windows->open.minimum = CHOIR_HIGHEST_COUNT;
	windows->began_micros = at_micros;
}

/* Keeps the open window if there is room and its sums are exact for whoever removes the mean; what is not kept is in the next one's gap. */
static void end(choir_sample_windows *windows, uint64_t at_micros)
{
	uint32_t written = windows->written;
	if (windows->open.samples <= CHOIR_WINDOW_SAMPLES_MOST && written - LOAD(windows->taken) < CHOIR_WINDOWS_KEPT) {
		windows->open.duration_micros = at_micros - windows->began_micros;
		windows->open.gap_micros = windows->began_micros - windows->kept_micros;
		windows->kept[written % CHOIR_WINDOWS_KEPT] = windows->open;
		windows->kept_micros = at_micros;
		STORE(windows->written, written + 1);
	}
	begin(windows, at_micros);
}

static void accumulate(choir_sample_window *window, const uint16_t *counts, uint32_t count)
{
	uint32_t i;
	window->samples += count;
	for (i = 0; i < count; i++) {
		uint16_t sample = counts[i];
		window->sum += sample;
		window->sum_of_squares += (uint32_t)sample * sample;
		if (sample < window->minimum)
			window->minimum = sample;
		if (sample > window->maximum)
			window->maximum = sample;
		if (sample == 0 || sample >= CHOIR_HIGHEST_COUNT)
			window->clipped++;
	}
}

void choir_sample_windows_add(choir_sample_windows *windows, const uint16_t *counts, uint32_t count, uint64_t from_micros,
	uint64_t to_micros)
{
	uint64_t span = to_micros - from_micros;
	uint32_t at = 0;
	/* samples that take no time cannot be placed: the next ones find a hole */
	if (count == 0 || to_micros <= from_micros)
		return;
	if (!windows->running) {
		windows->running = 1;
		windows->kept_micros = from_micros;
		begin(windows, from_micros);
	} else if (windows->ended_micros != from_micros)
		begin(windows, from_micros);
	while (at < count) {
		/* sample number k of this call ends at from + floor(span * k / count); the window ends with the first that is late enough */
		uint64_t needed = windows->began_micros + CHOIR_WINDOW_MICROS - from_micros;
		uint64_t last = (needed * count + span - 1) / span;
		uint32_t stop = last <= count ? (uint32_t)last : count;
		accumulate(&windows->open, counts + at, stop - at);
		at = stop;
		if (last <= count)
			end(windows, from_micros + span * last / count);
	}
	windows->ended_micros = to_micros;
}

int choir_sample_windows_take(choir_sample_windows *windows, choir_sample_window *window)
{
	uint32_t taken = windows->taken;
	if (taken == LOAD(windows->written))
		return 0;
	*window = windows->kept[taken % CHOIR_WINDOWS_KEPT];
	STORE(windows->taken, taken + 1);
	return 1;
}

void choir_sample_window_numbers(const choir_sample_window *window, double numbers[CHOIR_WINDOW_NUMBERS])
{
	numbers[0] = window->samples;
	numbers[1] = window->sum;
	numbers[2] = (double)window->sum_of_squares;
	numbers[3] = window->minimum;
	numbers[4] = window->maximum;
	numbers[5] = window->clipped;
	numbers[6] = (double)window->duration_micros;
	numbers[7] = (double)window->gap_micros;
}
