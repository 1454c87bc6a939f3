/* The app's own note in memory that a reset leaves alone: some bytes, found again after any reset but a loss of power. */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include <string.h>

#include "esp_attr.h"
#include "esp_system.h"

#include "held-record.h"

static RTC_NOINIT_ATTR ChoirHeldRecord held;

/* (bytes): replaces the note, whole or not at all; at most 192 bytes. */
void choir_note_write(xsMachine *the)
{
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &data, &length);
	if (length > CHOIR_HELD_MOST)
		xsRangeError("note: too long");
	choir_held_write(&held, data, length);
}

/* (): the note as an ArrayBuffer, or undefined where there is none. */
void choir_note_read(xsMachine *the)
{
	size_t length;
	const uint8_t *data = esp_reset_reason() == ESP_RST_POWERON ? NULL : choir_held_read(&held, &length);
	if (data != NULL)
		xsmcSetArrayBuffer(xsResult, (void *)data, (xsIntegerValue)length);
}
