/* Lines of words and hex for the drivers of host tests. */

#ifndef CHOIR_LINES_H
#define CHOIR_LINES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LINE (1 << 20)

/* The next line without its end, or NULL; it lasts until the next call. */
static inline char *next_line(void)
{
	static char line[MOST_LINE];
	if (fgets(line, sizeof(line), stdin) == NULL)
		return NULL;
	line[strcspn(line, "\n")] = 0;
	return line;
}

/* Bytes of hex, "-" for none; returns how many. */
static inline size_t from_hex(const char *text, uint8_t *bytes)
{
	size_t length = 0;
	if (strcmp(text, "-") == 0)
		return 0;
	for (; text[0] != 0 && text[1] != 0; text += 2) {
		char digits[3] = { text[0], text[1], 0 };
		bytes[length++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return length;
}

static inline void print_hex(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

#endif
