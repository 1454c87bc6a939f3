/* Frames of a converter that works by itself: from its interrupt, with the moment at which each ended, to the task that reduces them. */

#ifndef CHOIR_CLAMP_FRAMES_H
#define CHOIR_CLAMP_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"

#define CHOIR_FRAME_MOST_BYTES 1024

typedef struct {
	/* The moment at which its last conversion ended, in microseconds since the start. */
	int64_t ended;
	uint32_t bytes;
	uint8_t *data;
} ChoirFrame;

/* Starts the converter on pins of its first unit, one after the other at this rate for all of them together. */
esp_err_t choir_frames_start(const int *pins, uint32_t count, uint32_t conversions_per_second, uint32_t frame_bytes);

/* Waits for the next frame; it lasts until the next call. Frames that came while all places were full are lost. */
const ChoirFrame *choir_frames_next(void);

#endif
