/* The emulator's Ethernet (OpenCores MAC, which no chip has): started once, with an address by DHCP. */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "esp_eth.h"
#include "esp_event.h"
#include "esp_netif.h"

static volatile bool has_address;

static void on_address(void *argument, esp_event_base_t base, int32_t id, void *data)
{
	(void)argument, (void)base, (void)data;
	if (id == IP_EVENT_ETH_GOT_IP)
		has_address = true;
	else if (id == IP_EVENT_ETH_LOST_IP)
		has_address = false;
}

static esp_err_t start(void)
{
	eth_mac_config_t mac_config = ETH_MAC_DEFAULT_CONFIG();
	eth_phy_config_t phy_config = ETH_PHY_DEFAULT_CONFIG();
	esp_netif_config_t netif_config = ESP_NETIF_DEFAULT_ETH();
	esp_eth_handle_t driver = NULL;
	esp_netif_t *netif;
	esp_err_t error;
	/* the emulated wire has nothing to negotiate */
	phy_config.autonego_timeout_ms = 100;
	error = esp_netif_init();
	if (error == ESP_OK)
		error = esp_event_loop_create_default();
	if (error == ESP_OK)
		error = esp_event_handler_register(IP_EVENT, ESP_EVENT_ANY_ID, on_address, NULL);
	if (error != ESP_OK)
		return error;
	esp_eth_config_t config = ETH_DEFAULT_CONFIG(esp_eth_mac_new_openeth(&mac_config), esp_eth_phy_new_generic(&phy_config));
	error = esp_eth_driver_install(&config, &driver);
	if (error != ESP_OK)
		return error;
	netif = esp_netif_new(&netif_config);
	error = esp_netif_attach(netif, esp_eth_new_netif_glue(driver));
	return error == ESP_OK ? esp_eth_start(driver) : error;
}

/* (): starts it; to be called once. */
void choir_ethernet_start(xsMachine *the)
{
	esp_err_t error = start();
	if (error != ESP_OK)
		xsUnknownError("ethernet: %s", esp_err_to_name(error));
}

/* (): whether it has an address. */
void choir_ethernet_up(xsMachine *the)
{
	xsmcSetBoolean(xsResult, has_address);
}
