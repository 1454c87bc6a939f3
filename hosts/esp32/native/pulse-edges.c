/* A pulse input counted by an interrupt at each edge, for chips without pulse-counting hardware and for contacts that bounce longer than that hardware can filter. */

#include "pulse-input.h"

#include "esp_attr.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "hal/gpio_ll.h"
#include "soc/gpio_struct.h"
#include "soc/soc_caps.h"

#if SOC_GPIO_SUPPORT_PIN_GLITCH_FILTER
#include "driver/gpio_filter.h"
#endif

static portMUX_TYPE lock = portMUX_INITIALIZER_UNLOCKED;

/* In RAM, and calls nothing that is not: it counts on while flash is written. */
static void IRAM_ATTR on_edge(void *argument)
{
	ChoirPulseInput *input = argument;
	uint8_t level = choir_level(gpio_ll_get_level(&GPIO, input->pin));
	int64_t now = esp_timer_get_time();
	portENTER_CRITICAL_ISR(&lock);
	if (choir_filter_edge(&input->filter, level, now))
		input->edges++;
	portEXIT_CRITICAL_ISR(&lock);
}

esp_err_t choir_edges_open(ChoirPulseInput *input)
{
	esp_err_t error = gpio_install_isr_service(ESP_INTR_FLAG_IRAM);
	/* installed by the input before this one */
	if (error != ESP_OK && error != ESP_ERR_INVALID_STATE)
		return error;
#if SOC_GPIO_SUPPORT_PIN_GLITCH_FILTER
	gpio_glitch_filter_handle_t filter;
	gpio_pin_glitch_filter_config_t config = { .clk_src = GLITCH_FILTER_CLK_SRC_DEFAULT, .gpio_num = input->pin };
	error = gpio_new_pin_glitch_filter(&config, &filter);
	if (error == ESP_OK)
		error = gpio_glitch_filter_enable(filter);
	if (error != ESP_OK)
		return error;
#endif
	choir_filter_begin(&input->filter, input->least_low, input->least_high);
	return gpio_set_intr_type(input->pin, GPIO_INTR_ANYEDGE);
}

esp_err_t choir_edges_arm(ChoirPulseInput *input)
{
	/* the filter itself asks for a settled low before the first pulse; it has just been seen */
	choir_filter_edge(&input->filter, choir_level(gpio_get_level(input->pin)), esp_timer_get_time());
	return gpio_isr_handler_add(input->pin, on_edge, input);
}

uint32_t choir_edges_take(ChoirPulseInput *input)
{
	uint64_t edges;
	portENTER_CRITICAL(&lock);
	edges = input->edges;
	input->edges = 0;
	portEXIT_CRITICAL(&lock);
	return (uint32_t)edges;
}
