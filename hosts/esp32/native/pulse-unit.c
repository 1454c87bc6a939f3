/* A pulse input counted in hardware (PCNT) at the end of each pulse, behind its glitch filter; no edge waits for any code to run. */

#include "pulse-input.h"

#include "soc/soc_caps.h"

#if SOC_PCNT_SUPPORTED

#include "driver/pulse_cnt.h"

/* The driver adds up at this limit, so it must be asked for its count more often than it passes so many pulses twice. */
#define LIMIT 32767
#define MOST_GLITCH_NANOS (CHOIR_UNIT_MOST_MICROS * 1000)

static esp_err_t set_up(pcnt_unit_handle_t unit, const ChoirPulseInput *input)
{
	int32_t least = input->least_high < input->least_low ? input->least_high : input->least_low;
	uint32_t nanos = least > CHOIR_UNIT_MOST_MICROS ? MOST_GLITCH_NANOS : (uint32_t)least * 1000;
	pcnt_glitch_filter_config_t filter = { .max_glitch_ns = nanos };
	pcnt_chan_config_t config = { .edge_gpio_num = input->pin, .level_gpio_num = -1 };
	pcnt_channel_handle_t channel;
	esp_err_t error = pcnt_unit_set_glitch_filter(unit, &filter);
	if (error == ESP_OK)
		error = pcnt_new_channel(unit, &config, &channel);
	/* the wire rises when a pulse ends */
	if (error == ESP_OK)
		error = pcnt_channel_set_edge_action(channel, PCNT_CHANNEL_EDGE_ACTION_INCREASE, PCNT_CHANNEL_EDGE_ACTION_HOLD);
	if (error == ESP_OK)
		error = pcnt_channel_set_level_action(channel, PCNT_CHANNEL_LEVEL_ACTION_KEEP, PCNT_CHANNEL_LEVEL_ACTION_KEEP);
	if (error == ESP_OK)
		error = pcnt_unit_add_watch_point(unit, LIMIT);
	if (error == ESP_OK)
		error = pcnt_unit_enable(unit);
	return error;
}

esp_err_t choir_unit_open(ChoirPulseInput *input)
{
	pcnt_unit_config_t config = { .low_limit = -1, .high_limit = LIMIT, .flags.accum_count = true };
	pcnt_unit_handle_t unit;
	esp_err_t error = pcnt_new_unit(&config, &unit);
	if (error != ESP_OK)
		return error;
	input->unit = unit;
	input->shown = 0;
	return set_up(unit, input);
}

esp_err_t choir_unit_arm(ChoirPulseInput *input)
{
	esp_err_t error = pcnt_unit_clear_count(input->unit);
	return error == ESP_OK ? pcnt_unit_start(input->unit) : error;
}

uint32_t choir_unit_take(ChoirPulseInput *input)
{
	int count, pulses;
	if (pcnt_unit_get_count(input->unit, &count) != ESP_OK)
		return 0;
	/* at the limit the count stands too low until the driver's interrupt has run; the next call sees it right. Unsigned, so that it may wrap. */
	pulses = (int)((unsigned int)count - (unsigned int)input->shown);
	if (pulses <= 0)
		return 0;
	input->shown = count;
	return (uint32_t)pulses;
}

#else

esp_err_t choir_unit_open(ChoirPulseInput *input)
{
	(void)input;
	return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t choir_unit_arm(ChoirPulseInput *input)
{
	(void)input;
	return ESP_ERR_NOT_SUPPORTED;
}

uint32_t choir_unit_take(ChoirPulseInput *input)
{
	(void)input;
	return 0;
}

#endif
