/* The converter by DMA (adc_continuous): see clamp-frames.h. */

#include "clamp-frames.h"

#include <string.h>

#include "esp_adc/adc_continuous.h"
#include "esp_attr.h"
#include "esp_heap_caps.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "soc/soc_caps.h"

/* Some 80 ms: as long as an erase of flash keeps the task from its work. */
#define PLACES 8
/* The least that the driver's own store may have; it is not read. */
#define STORED_FRAMES 2

static DRAM_ATTR ChoirFrame places[PLACES];
static uint32_t place_bytes;
static volatile uint32_t filled, taken;
static SemaphoreHandle_t ready;
static adc_continuous_handle_t converter;

/* In RAM: samples are taken while flash is written. */
static bool IRAM_ATTR on_frame(adc_continuous_handle_t handle, const adc_continuous_evt_data_t *event, void *argument)
{
	ChoirFrame *place = &places[filled % PLACES];
	BaseType_t woken = pdFALSE;
	(void)handle, (void)argument;
	/* the task may be in the place before */
	if (filled - taken >= PLACES - 1 || event->size > place_bytes)
		return false;
	place->ended = esp_timer_get_time();
	place->bytes = event->size;
	memcpy(place->data, event->conv_frame_buffer, event->size);
	filled++;
	xSemaphoreGiveFromISR(ready, &woken);
	return woken == pdTRUE;
}

static esp_err_t describe(const int *pins, uint32_t count, uint32_t rate)
{
	static adc_digi_pattern_config_t pattern[SOC_ADC_PATT_LEN_MAX];
	adc_continuous_config_t config = {
		.pattern_num = count,
		.adc_pattern = pattern,
		.sample_freq_hz = rate,
		.conv_mode = ADC_CONV_SINGLE_UNIT_1,
	};
	if (count > SOC_ADC_PATT_LEN_MAX)
		return ESP_ERR_INVALID_ARG;
	for (uint32_t i = 0; i < count; i++) {
		adc_unit_t unit;
		adc_channel_t channel;
		esp_err_t error = adc_continuous_io_to_channel(pins[i], &unit, &channel);
		if (error != ESP_OK)
			return error;
		/* the radio has the second unit */
		if (unit != ADC_UNIT_1)
			return ESP_ERR_NOT_SUPPORTED;
		pattern[i].atten = ADC_ATTEN_DB_12;
		pattern[i].channel = channel;
		pattern[i].unit = unit;
		pattern[i].bit_width = SOC_ADC_DIGI_MAX_BITWIDTH;
	}
	return adc_continuous_config(converter, &config);
}

esp_err_t choir_frames_start(const int *pins, uint32_t count, uint32_t conversions_per_second, uint32_t frame_bytes)
{
	adc_continuous_handle_cfg_t store = {
		.max_store_buf_size = STORED_FRAMES * frame_bytes,
		.conv_frame_size = frame_bytes,
	};
	adc_continuous_evt_cbs_t callbacks = { .on_conv_done = on_frame };
	esp_err_t error;
	ready = xSemaphoreCreateCounting(PLACES, 0);
	for (int i = 0; i < PLACES; i++) {
		places[i].data = heap_caps_malloc(frame_bytes, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
		if (ready == NULL || places[i].data == NULL)
			return ESP_ERR_NO_MEM;
	}
	place_bytes = frame_bytes;
	error = adc_continuous_new_handle(&store, &converter);
	if (error == ESP_OK)
		error = describe(pins, count, conversions_per_second);
	if (error == ESP_OK)
		error = adc_continuous_register_event_callbacks(converter, &callbacks, NULL);
	if (error == ESP_OK)
		error = adc_continuous_start(converter);
	return error;
}

const ChoirFrame *choir_frames_next(void)
{
	static bool first = true;
	/* the place before is free from here on */
	if (!first)
		taken++;
	first = false;
	xSemaphoreTake(ready, portMAX_DELAY);
	return &places[taken % PLACES];
}
