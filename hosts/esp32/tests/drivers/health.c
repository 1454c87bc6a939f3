/* Drives health-test.c: each line of hex is a source's samples, answered with how many it took to fail, or `sound`. */

#include "health-test.h"
#include "lines.h"

int main(void)
{
	static uint8_t samples[MOST_LINE / 2];
	char *line;
	while ((line = next_line()) != NULL) {
		ChoirHealthTest test;
		size_t length = from_hex(line, samples), at = 0;
		choir_health_begin(&test);
		while (at < length && choir_health_sample(&test, samples[at]))
			at++;
		if (at == length)
			printf("sound\n");
		else
			printf("%zu\n", at + 1);
	}
	return 0;
}
