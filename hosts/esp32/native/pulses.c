/*
 * The pulse inputs: opened when the app starts, armed when their line has been at rest, added up in 64 bits by a timer of the system that
 * waits for no JavaScript, and kept in memory that a reset leaves alone.
 */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include <string.h>

#include "esp_attr.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"

#include "held-record.h"
#include "pulse-input.h"

#define MOST_INPUTS 8
/* How often the counts are added up: what a crash may lose is what came since, and what comes until the inputs are armed again. */
#define TURN_MICROS 20000
/* Turns in a row that find the line at rest before it is armed, so that no edge of the start counts. */
#define TURNS_AT_REST 5

typedef struct {
	uint64_t counts[MOST_INPUTS];
} Counts;

static RTC_NOINIT_ATTR ChoirHeldRecord held;
static portMUX_TYPE lock = portMUX_INITIALIZER_UNLOCKED;
static ChoirPulseInput inputs[MOST_INPUTS];
static uint8_t at_rest[MOST_INPUTS];
static Counts total;
static esp_timer_handle_t turns;

static void fail(xsMachine *the, const char *what, esp_err_t error)
{
	if (error != ESP_OK)
		xsUnknownError("%s: %s", what, esp_err_to_name(error));
}

static bool is_open(const ChoirPulseInput *input)
{
	return input->least_high > 0;
}

static bool by_hardware(const ChoirPulseInput *input)
{
	return input->unit != NULL;
}

/* A line that is not yet armed is looked at; a pulse that is under way at the start is over before its input counts. */
static void settle(int index)
{
	ChoirPulseInput *input = &inputs[index];
	if (choir_level(gpio_get_level(input->pin)) != 0)
		at_rest[index] = 0;
	else if (++at_rest[index] >= TURNS_AT_REST)
		input->armed = (by_hardware(input) ? choir_unit_arm(input) : choir_edges_arm(input)) == ESP_OK;
}

/* Adds up what one input has counted; the timer's task and the app's may both come here. */
static void add_up(int index)
{
	ChoirPulseInput *input = &inputs[index];
	portENTER_CRITICAL(&lock);
	total.counts[index] += by_hardware(input) ? choir_unit_take(input) : choir_edges_take(input);
	portEXIT_CRITICAL(&lock);
}

static void on_turn(void *argument)
{
	static Counts kept;
	Counts now;
	(void)argument;
	for (int index = 0; index < MOST_INPUTS; index++) {
		if (!is_open(&inputs[index]))
			continue;
		if (inputs[index].armed)
			add_up(index);
		else
			settle(index);
	}
	portENTER_CRITICAL(&lock);
	now = total;
	portEXIT_CRITICAL(&lock);
	if (memcmp(&now, &kept, sizeof(now)) != 0) {
		choir_held_write(&held, &now, sizeof(now));
		kept = now;
	}
}

/*
 * (least, ...): begins at what a reset left, but at no less than the given counts, one for each input; at 0 everywhere where power was off
 * or no count is given. To be called once, before any input is opened. Returns whether counts were left.
 */
void choir_pulses_begin(xsMachine *the)
{
	size_t length = 0;
	const uint8_t *data = esp_reset_reason() == ESP_RST_POWERON ? NULL : choir_held_read(&held, &length);
	int given = xsmcArgc;
	bool kept = given > 0 && data != NULL && length == sizeof(Counts);
	memset(&total, 0, sizeof(total));
	if (kept)
		memcpy(&total, data, sizeof(total));
	else
		choir_held_forget(&held);
	for (int index = 0; kept && index < given && index < MOST_INPUTS; index++) {
		uint64_t least = (uint64_t)xsmcToNumber(xsArg(index));
		if (total.counts[index] < least)
			total.counts[index] = least;
	}
	xsmcSetBoolean(xsResult, kept);
}

/* (index, pin, least high, least low): opens an input, lengths in microseconds. */
void choir_pulses_open(xsMachine *the)
{
	int index = xsmcToInteger(xsArg(0));
	ChoirPulseInput *input;
	esp_err_t error = ESP_ERR_NOT_SUPPORTED;
	if (index < 0 || index >= MOST_INPUTS || is_open(&inputs[index]))
		xsUnknownError("pulse input: no such input, or it is open");
	input = &inputs[index];
	input->pin = xsmcToInteger(xsArg(1));
	gpio_config_t pin = {
		.pin_bit_mask = 1ULL << input->pin,
		.mode = GPIO_MODE_INPUT,
		.pull_up_en = GPIO_PULLUP_ENABLE,
		.intr_type = GPIO_INTR_DISABLE,
	};
	fail(the, "pulse pin", gpio_config(&pin));
	input->least_low = xsmcToInteger(xsArg(3));
	input->least_high = xsmcToInteger(xsArg(2));
	if (input->least_high <= CHOIR_UNIT_MOST_MICROS && input->least_low <= CHOIR_UNIT_MOST_MICROS)
		error = choir_unit_open(input);
	if (error == ESP_ERR_NOT_SUPPORTED)
		error = choir_edges_open(input);
	fail(the, "pulse input", error);
	if (turns == NULL) {
		esp_timer_create_args_t arguments = { .callback = on_turn, .name = "pulses" };
		fail(the, "pulse timer", esp_timer_create(&arguments, &turns));
		fail(the, "pulse timer", esp_timer_start_periodic(turns, TURN_MICROS));
	}
}

/* (index): pulses, a whole number that no reset but a loss of power sets back. */
void choir_pulses_read(xsMachine *the)
{
	int index = xsmcToInteger(xsArg(0));
	uint64_t count;
	if (index < 0 || index >= MOST_INPUTS)
		xsUnknownError("pulse input: no such input");
	if (is_open(&inputs[index]) && inputs[index].armed)
		add_up(index);
	portENTER_CRITICAL(&lock);
	count = total.counts[index];
	portEXIT_CRITICAL(&lock);
	xsmcSetNumber(xsResult, (double)count);
}

/* (index): whether the input has been seen at rest, and counts. */
void choir_pulses_armed(xsMachine *the)
{
	int index = xsmcToInteger(xsArg(0));
	xsmcSetBoolean(xsResult, index >= 0 && index < MOST_INPUTS && inputs[index].armed);
}
