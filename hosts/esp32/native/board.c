/* The board as a whole: why it started, memory, a restart, and the watchdog that the app itself must feed beside the one of the engine's task. */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "esp_attr.h"
#include "esp_heap_caps.h"
#include "esp_system.h"
#include "esp_task_wdt.h"

#define MEANT 0x4d45414e

static esp_task_wdt_user_handle_t watched;
/* MEANT from a restart on purpose until the next start: the engine, too, restarts the chip, when the app throws what nobody catches. */
static RTC_NOINIT_ATTR uint32_t purpose;

/* (): why the chip started, one word. To be called once. */
void choir_board_reset_reason(xsMachine *the)
{
	static const char *const words[] = {
		[ESP_RST_POWERON] = "power",
		[ESP_RST_EXT] = "pin",
		[ESP_RST_SW] = "restart",
		[ESP_RST_PANIC] = "panic",
		[ESP_RST_INT_WDT] = "interrupt-watchdog",
		[ESP_RST_TASK_WDT] = "task-watchdog",
		[ESP_RST_WDT] = "watchdog",
		[ESP_RST_DEEPSLEEP] = "sleep",
		[ESP_RST_BROWNOUT] = "brownout",
		[ESP_RST_USB] = "usb",
		[ESP_RST_JTAG] = "jtag",
		[ESP_RST_PWR_GLITCH] = "glitch",
		[ESP_RST_CPU_LOCKUP] = "lockup",
	};
	size_t reason = esp_reset_reason();
	const char *word = reason < sizeof(words) / sizeof(words[0]) ? words[reason] : NULL;
	if (reason == ESP_RST_SW && purpose != MEANT)
		word = "abort";
	purpose = 0;
	xsmcSetString(xsResult, (char *)(word == NULL ? "unknown" : word));
}

/* (): starts again; does not return. */
void choir_board_restart(xsMachine *the)
{
	(void)the;
	purpose = MEANT;
	esp_restart();
}

/* (): free bytes of the system's memory, the engine's own not among them. */
void choir_board_free(xsMachine *the)
{
	xsmcSetNumber(xsResult, (double)heap_caps_get_free_size(MALLOC_CAP_8BIT));
}

/* (): the fewest bytes that were ever free. */
void choir_board_least_free(xsMachine *the)
{
	xsmcSetNumber(xsResult, (double)heap_caps_get_minimum_free_size(MALLOC_CAP_8BIT));
}

/* (): the largest piece of memory that is free in one. */
void choir_board_largest(xsMachine *the)
{
	xsmcSetNumber(xsResult, (double)heap_caps_get_largest_free_block(MALLOC_CAP_8BIT));
}

/* (): from now on the board starts again when `feed` does not come for CONFIG_ESP_TASK_WDT_TIMEOUT_S. */
void choir_board_watch(xsMachine *the)
{
	if (watched == NULL && esp_task_wdt_add_user("meter", &watched) != ESP_OK)
		xsUnknownError("watchdog: not there");
}

/* (): feeds the watchdog; harmless when it is not there. */
void choir_board_feed(xsMachine *the)
{
	(void)the;
	if (watched != NULL)
		esp_task_wdt_reset_user(watched);
}
