/* The image that runs, as the bootloader sees it: whether it is on trial after an update, and what becomes of it (rollback of ESP-IDF). */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "app_update/include/esp_ota_ops.h"

/* (): whether the image is on trial: without `confirm`, the next start is that of the image before it. */
void choir_image_on_trial(xsMachine *the)
{
	esp_ota_img_states_t state;
	const esp_partition_t *running = esp_ota_get_running_partition();
	bool known = esp_ota_get_state_partition(running, &state) == ESP_OK;
	xsmcSetBoolean(xsResult, known && state == ESP_OTA_IMG_PENDING_VERIFY);
}

/* (): the image stays. */
void choir_image_confirm(xsMachine *the)
{
	if (esp_ota_mark_app_valid_cancel_rollback() != ESP_OK)
		xsUnknownError("image: cannot be confirmed");
}

/* (): back to the image before this one, by a restart; returns only where there is none. */
void choir_image_give_up(xsMachine *the)
{
	if (esp_ota_mark_app_invalid_rollback_and_reboot() != ESP_OK)
		xsUnknownError("image: there is none to go back to");
}
