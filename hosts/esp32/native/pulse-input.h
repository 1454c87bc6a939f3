/* What the two ways of counting a pulse input have in common: pulses.c opens inputs, and asks each for what it has counted. */

#ifndef CHOIR_PULSE_INPUT_H
#define CHOIR_PULSE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "driver/gpio.h"
#include "esp_err.h"

#include "pulse-filter.h"

/* Levels shorter than this can be filtered by the pulse-counting hardware (1023 cycles of 80 MHz, less a margin). */
#define CHOIR_UNIT_MOST_MICROS 12

typedef struct {
	gpio_num_t pin;
	/* Least lengths of a pulse and of the pause between two, in microseconds. */
	int32_t least_high, least_low;
	/* The line has been seen at rest, and edges count. */
	bool armed;
	/* Edges by interrupt (pulse-edges.c). */
	ChoirPulseFilter filter;
	uint64_t edges;
	/* Edges by hardware (pulse-unit.c): its handle, and what it last showed. */
	void *unit;
	int shown;
} ChoirPulseInput;

/* Counting by interrupt, with a filter of any length. */
esp_err_t choir_edges_open(ChoirPulseInput *input);
esp_err_t choir_edges_arm(ChoirPulseInput *input);
/* Pulses since the last call. */
uint32_t choir_edges_take(ChoirPulseInput *input);

/* Counting in hardware; ESP_ERR_NOT_SUPPORTED where the chip has none. */
esp_err_t choir_unit_open(ChoirPulseInput *input);
esp_err_t choir_unit_arm(ChoirPulseInput *input);
uint32_t choir_unit_take(ChoirPulseInput *input);

/* A closed contact pulls the line down: a pulse is a low wire, and high to the filter. */
CHOIR_INLINE uint8_t choir_level(int wire)
{
	return wire == 0 ? 1 : 0;
}

#endif
