/* The console's wire: a UART of the chip, or its own USB serial port, buffered by the drivers so that no byte waits for JavaScript. */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "driver/uart.h"
#include "soc/soc_caps.h"

#if SOC_USB_SERIAL_JTAG_SUPPORTED
#include "esp_driver_usb_serial_jtag/include/driver/usb_serial_jtag.h"
#endif

/* The port that is the chip's USB. */
#define USB (-1)
#define CLOSED (-2)
/* Several lines of the longest kind. */
#define BUFFER_BYTES 4096
#define MOST_READ 1024

static int opened = CLOSED;

static esp_err_t open_uart(uart_port_t port, int transmit, int receive, int baud)
{
	uart_config_t config = {
		.baud_rate = baud,
		.data_bits = UART_DATA_8_BITS,
		.parity = UART_PARITY_DISABLE,
		.stop_bits = UART_STOP_BITS_1,
		.flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
		.source_clk = UART_SCLK_DEFAULT,
	};
	esp_err_t error = uart_driver_install(port, BUFFER_BYTES, BUFFER_BYTES, 0, NULL, 0);
	if (error == ESP_OK)
		error = uart_param_config(port, &config);
	if (error == ESP_OK)
		error = uart_set_pin(port, transmit, receive, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE);
	return error;
}

static esp_err_t open_usb(void)
{
#if SOC_USB_SERIAL_JTAG_SUPPORTED
	usb_serial_jtag_driver_config_t config = { .tx_buffer_size = BUFFER_BYTES, .rx_buffer_size = BUFFER_BYTES };
	return usb_serial_jtag_driver_install(&config);
#else
	return ESP_ERR_NOT_SUPPORTED;
#endif
}

/* (port, transmit, receive, baud): opens it; for the USB port the others say nothing. */
void choir_console_open(xsMachine *the)
{
	int port = xsmcToInteger(xsArg(0));
	esp_err_t error = port == USB ? open_usb()
		: open_uart(port, xsmcToInteger(xsArg(1)), xsmcToInteger(xsArg(2)), xsmcToInteger(xsArg(3)));
	if (error != ESP_OK)
		xsUnknownError("console: %s", esp_err_to_name(error));
	opened = port;
}

/* (): bytes that have come, an ArrayBuffer; undefined for none. */
void choir_console_read(xsMachine *the)
{
	static uint8_t bytes[MOST_READ];
	int length = 0;
#if SOC_USB_SERIAL_JTAG_SUPPORTED
	if (opened == USB)
		length = usb_serial_jtag_read_bytes(bytes, sizeof(bytes), 0);
#endif
	if (opened >= 0)
		length = uart_read_bytes(opened, bytes, sizeof(bytes), 0);
	if (length > 0)
		xsmcSetArrayBuffer(xsResult, bytes, length);
}

/* (bytes): sends them. Where nobody reads on the USB port they are lost. */
void choir_console_write(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;
	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
#if SOC_USB_SERIAL_JTAG_SUPPORTED
	if (opened == USB)
		usb_serial_jtag_write_bytes(bytes, length, 0);
#endif
	if (opened >= 0)
		uart_write_bytes(opened, bytes, length);
}
