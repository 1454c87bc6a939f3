/* The bench's own pulses: levels on one pin, timed by the RMT unit, so that a train is what it is whatever JavaScript does. */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include <stdlib.h>
#include <string.h>

#include "driver/rmt_tx.h"
#include "soc/soc_caps.h"

/* A tick is a microsecond. */
#define TICKS_PER_SECOND 1000000
#define MOST_BYTES 8192

static rmt_channel_handle_t channel;
static rmt_encoder_handle_t encoder;
/* What is being sent must stay until it has been. */
static void *sent;

static esp_err_t open_pin(int pin)
{
	rmt_tx_channel_config_t config = {
		.gpio_num = pin,
		.clk_src = RMT_CLK_SRC_DEFAULT,
		.resolution_hz = TICKS_PER_SECOND,
		.mem_block_symbols = SOC_RMT_MEM_WORDS_PER_CHANNEL,
		.trans_queue_depth = 1,
	};
	rmt_copy_encoder_config_t copy = { };
	esp_err_t error = rmt_new_tx_channel(&config, &channel);
	if (error == ESP_OK)
		error = rmt_new_copy_encoder(&copy, &encoder);
	return error == ESP_OK ? rmt_enable(channel) : error;
}

/* (pin): takes a channel for it, low; to be called once. */
void choir_train_open(xsMachine *the)
{
	esp_err_t error = open_pin(xsmcToInteger(xsArg(0)));
	if (error != ESP_OK)
		xsUnknownError("pulse train: %s", esp_err_to_name(error));
}

/* (): whether something is still being sent. */
void choir_train_busy(xsMachine *the)
{
	xsmcSetBoolean(xsResult, rmt_tx_wait_all_done(channel, 0) != ESP_OK);
}

/* (symbols): sends them and returns; each has 4 bytes, as the RMT unit reads them. Only when nothing is being sent. */
void choir_train_send(xsMachine *the)
{
	rmt_transmit_config_t config = { .flags = { .eot_level = 0 } };
	esp_err_t error;
	void *symbols;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &symbols, &length);
	if (length == 0 || length > MOST_BYTES || length % sizeof(rmt_symbol_word_t) != 0)
		xsRangeError("pulse train: length");
	if (rmt_tx_wait_all_done(channel, 0) != ESP_OK)
		xsUnknownError("pulse train: busy");
	free(sent);
	sent = malloc(length);
	if (sent == NULL)
		xsUnknownError("pulse train: no memory");
	memcpy(sent, symbols, length);
	error = rmt_transmit(channel, encoder, sent, length, &config);
	if (error != ESP_OK)
		xsUnknownError("pulse train: %s", esp_err_to_name(error));
}
