/*
 * Current clamps: a task of its own reduces the converter's frames to the windows of hosts/moddable/native/sample-windows.h, made straight
 * by the chip's own calibration; the app fetches windows when it has time. A hole in time is a hole in the windows.
 */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include <stdlib.h>

#include "esp_adc/adc_cali.h"
#include "esp_adc/adc_cali_scheme.h"
#include "esp_adc/adc_continuous.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "soc/soc_caps.h"

#include "clamp-frames.h"
#include "count-curve.h"
#include "sample-windows.h"

#define MOST_CLAMPS 4
/* Frames that come in a second. */
#define FRAMES_PER_SECOND 100
#define TASK_BYTES 3072
/* Above the engine's task, below the radio's. */
#define TASK_PRIORITY 10

typedef struct {
	adc_channel_t channel;
	ChoirCurve curve;
	choir_sample_windows windows;
} Clamp;

static Clamp *clamps[MOST_CLAMPS];
static uint32_t clamp_count;
/* How long a frame takes. */
static uint32_t frame_micros;

static esp_err_t scheme_of(adc_channel_t channel, adc_cali_handle_t *scheme)
{
#if ADC_CALI_SCHEME_CURVE_FITTING_SUPPORTED
	adc_cali_curve_fitting_config_t config = {
		.unit_id = ADC_UNIT_1,
		.chan = channel,
		.atten = ADC_ATTEN_DB_12,
		.bitwidth = SOC_ADC_DIGI_MAX_BITWIDTH,
	};
	return adc_cali_create_scheme_curve_fitting(&config, scheme);
#elif ADC_CALI_SCHEME_LINE_FITTING_SUPPORTED
	adc_cali_line_fitting_config_t config = {
		.unit_id = ADC_UNIT_1,
		.atten = ADC_ATTEN_DB_12,
		.bitwidth = SOC_ADC_DIGI_MAX_BITWIDTH,
	};
	(void)channel;
	return adc_cali_create_scheme_line_fitting(&config, scheme);
#endif
}

/* Where a chip was made without calibration, its codes are its counts. */
static void make_curve(Clamp *clamp)
{
	adc_cali_handle_t scheme = NULL;
	bool known = scheme_of(clamp->channel, &scheme) == ESP_OK;
	for (int i = 0; i < CHOIR_CURVE_POINTS; i++) {
		int code = i * CHOIR_CURVE_STEP, millivolts;
		if (code > CHOIR_CURVE_MOST)
			code = CHOIR_CURVE_MOST;
		if (known && adc_cali_raw_to_voltage(scheme, code, &millivolts) == ESP_OK)
			clamp->curve.points[i] = choir_count_of(millivolts);
		else
			clamp->curve.points[i] = (uint16_t)code;
	}
	/* the scheme itself is a few bytes, and is not needed again */
#if ADC_CALI_SCHEME_CURVE_FITTING_SUPPORTED
	if (known)
		adc_cali_delete_scheme_curve_fitting(scheme);
#elif ADC_CALI_SCHEME_LINE_FITTING_SUPPORTED
	if (known)
		adc_cali_delete_scheme_line_fitting(scheme);
#endif
}

/* The counts of one clamp in a frame. */
static uint32_t counts_of(const Clamp *clamp, const ChoirFrame *frame, uint16_t *counts)
{
	uint32_t count = 0;
	for (uint32_t at = 0; at + SOC_ADC_DIGI_RESULT_BYTES <= frame->bytes; at += SOC_ADC_DIGI_RESULT_BYTES) {
		const adc_digi_output_data_t *sample = (const adc_digi_output_data_t *)&frame->data[at];
#if CONFIG_IDF_TARGET_ESP32
		uint32_t channel = sample->type1.channel, code = sample->type1.data;
#else
		uint32_t channel = sample->type2.channel, code = sample->type2.data;
#endif
		if (channel == (uint32_t)clamp->channel)
			counts[count++] = choir_curve_at(&clamp->curve, (uint16_t)code);
	}
	return count;
}

static void reduce(void *argument)
{
	uint16_t *counts = argument;
	int64_t before = 0;
	for (;;) {
		const ChoirFrame *frame = choir_frames_next();
		/* without a hole a frame begins where the one before ended; an interrupt may be late by a part of one */
		bool follows = before != 0 && frame->ended - before < frame_micros + frame_micros / 2;
		uint64_t from = (uint64_t)(follows ? before : frame->ended - frame_micros);
		for (uint32_t i = 0; i < clamp_count; i++) {
			uint32_t count = counts_of(clamps[i], frame, counts);
			choir_sample_windows_add(&clamps[i]->windows, counts, count, from, (uint64_t)frame->ended);
		}
		before = frame->ended;
	}
}

/* Conversions a second for all clamps together, in the converter's range. */
static uint32_t rate_of(uint32_t samples_per_second, uint32_t count)
{
	uint32_t rate = samples_per_second * count;
	if (rate < SOC_ADC_SAMPLE_FREQ_THRES_LOW)
		return SOC_ADC_SAMPLE_FREQ_THRES_LOW;
	return rate > SOC_ADC_SAMPLE_FREQ_THRES_HIGH ? SOC_ADC_SAMPLE_FREQ_THRES_HIGH : rate;
}

/* Bytes of a frame: a whole number of turns through all clamps, in the driver's own steps. */
static uint32_t frame_of(uint32_t rate, uint32_t count)
{
	uint32_t turn = count * SOC_ADC_DIGI_DATA_BYTES_PER_CONV;
	uint32_t bytes = rate / FRAMES_PER_SECOND * SOC_ADC_DIGI_RESULT_BYTES;
	if (bytes > CHOIR_FRAME_MOST_BYTES)
		bytes = CHOIR_FRAME_MOST_BYTES;
	return bytes < turn ? turn : bytes / turn * turn;
}

static void fail(xsMachine *the, const char *what, esp_err_t error)
{
	if (error != ESP_OK)
		xsUnknownError("%s: %s", what, esp_err_to_name(error));
}

/*
 * (samples per second, pin, ...): starts sampling, each clamp so often or more; to be called once, after the entropy was seeded. Clamps are
 * numbered from 0 in this order.
 */
void choir_clamps_start(xsMachine *the)
{
	int pins[MOST_CLAMPS];
	uint32_t count = xsmcArgc - 1, rate, bytes;
	uint16_t *counts;
	if (clamp_count > 0 || count < 1 || count > MOST_CLAMPS)
		xsUnknownError("clamps: one to %d, once", MOST_CLAMPS);
	for (uint32_t i = 0; i < count; i++) {
		adc_unit_t unit;
		pins[i] = xsmcToInteger(xsArg(i + 1));
		clamps[i] = calloc(1, sizeof(Clamp));
		if (clamps[i] == NULL)
			xsUnknownError("clamps: no memory");
		fail(the, "clamp pin", adc_continuous_io_to_channel(pins[i], &unit, &clamps[i]->channel));
		make_curve(clamps[i]);
	}
	rate = rate_of((uint32_t)xsmcToInteger(xsArg(0)), count);
	bytes = frame_of(rate, count);
	frame_micros = (uint32_t)((uint64_t)(bytes / SOC_ADC_DIGI_RESULT_BYTES) * 1000000 / rate);
	counts = malloc(bytes / SOC_ADC_DIGI_RESULT_BYTES * sizeof(uint16_t));
	if (counts == NULL)
		xsUnknownError("clamps: no memory");
	clamp_count = count;
	fail(the, "clamps", choir_frames_start(pins, count, rate, bytes));
	if (xTaskCreate(reduce, "clamps", TASK_BYTES, counts, TASK_PRIORITY, NULL) != pdPASS)
		xsUnknownError("clamps: no task");
}

/* (index, eight doubles): writes the oldest window's numbers in the order of SampleWindow; whether there was one. */
void choir_clamps_take(xsMachine *the)
{
	uint32_t index = (uint32_t)xsmcToInteger(xsArg(0));
	choir_sample_window window;
	void *data;
	xsUnsignedValue length;
	xsmcSetFalse(xsResult);
	xsmcGetBufferWritable(xsArg(1), &data, &length);
	if (index >= clamp_count || length != CHOIR_WINDOW_NUMBERS * sizeof(double))
		xsUnknownError("clamps: no such clamp, or no room for a window");
	if (!choir_sample_windows_take(&clamps[index]->windows, &window))
		return;
	choir_sample_window_numbers(&window, data);
	xsmcSetTrue(xsResult);
}
