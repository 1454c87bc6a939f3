/* The reduction of sample-windows.h for samples that come by JavaScript: a replay, or a rig that says what the converter sees. */

#include "xsmc.h"
#include "mc.xs.h"

#include "sample-windows.h"

/* Bytes that a reduction needs, all zero when it begins. */
void choir_samples_size(xsMachine *the)
{
	xsmcSetInteger(xsResult, (xsIntegerValue)sizeof(choir_sample_windows));
}

static choir_sample_windows *windows_of(xsMachine *the, xsSlot *buffer)
{
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferWritable(*buffer, &data, &length);
	if (length != sizeof(choir_sample_windows))
		xsUnknownError("samples: no reduction");
	return data;
}

/* (reduction, counts of 16 bits in the machine's order, from, to in microseconds). */
void choir_samples_add(xsMachine *the)
{
	void *counts;
	xsUnsignedValue length;
	uint64_t from = (uint64_t)xsmcToNumber(xsArg(2)), to = (uint64_t)xsmcToNumber(xsArg(3));
	xsmcGetBufferReadable(xsArg(1), &counts, &length);
	choir_sample_windows_add(windows_of(the, &xsArg(0)), counts, (uint32_t)(length / sizeof(uint16_t)), from, to);
}

/* (counts of 16 bits): the highest, 0 of none. */
void choir_samples_highest(xsMachine *the)
{
	void *data;
	xsUnsignedValue length, i;
	const uint16_t *counts;
	uint16_t highest = 0;
	xsmcGetBufferReadable(xsArg(0), &data, &length);
	counts = data;
	for (i = 0; i < length / sizeof(uint16_t); i++)
		if (counts[i] > highest)
			highest = counts[i];
	xsmcSetInteger(xsResult, highest);
}

/* (reduction, eight doubles): writes the oldest window's numbers in the order of SampleWindow; whether there was one. */
void choir_samples_take(xsMachine *the)
{
	choir_sample_window window;
	void *data;
	xsUnsignedValue length;
	xsmcSetFalse(xsResult);
	xsmcGetBufferWritable(xsArg(1), &data, &length);
	if (length != CHOIR_WINDOW_NUMBERS * sizeof(double))
		xsUnknownError("samples: no room for a window");
	if (!choir_sample_windows_take(windows_of(the, &xsArg(0)), &window))
		return;
	choir_sample_window_numbers(&window, data);
	xsmcSetTrue(xsResult);
}
