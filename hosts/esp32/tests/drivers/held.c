/* Drives held-record.c over memory that a reset leaves alone: `write HEX`, `read`, `forget`, `damage OFFSET MASK`, `fill BYTE`, `slots`. */

#include "held-record.h"
#include "lines.h"

int main(void)
{
	static ChoirHeldRecord record;
	char *line;
	while ((line = next_line()) != NULL) {
		uint8_t data[CHOIR_HELD_MOST];
		const char *verb = strtok(line, " ");
		if (strcmp(verb, "write") == 0) {
			choir_held_write(&record, data, from_hex(strtok(NULL, " "), data));
			printf("done\n");
		} else if (strcmp(verb, "read") == 0) {
			size_t length;
			const uint8_t *found = choir_held_read(&record, &length);
			if (found == NULL)
				printf("none\n");
			else
				print_hex(found, length);
		} else if (strcmp(verb, "forget") == 0) {
			choir_held_forget(&record);
			printf("done\n");
		} else if (strcmp(verb, "damage") == 0) {
			size_t offset = strtoul(strtok(NULL, " "), NULL, 10);
			((uint8_t *)&record)[offset] ^= (uint8_t)strtoul(strtok(NULL, " "), NULL, 10);
			printf("done\n");
		} else if (strcmp(verb, "fill") == 0) {
			memset(&record, (int)strtol(strtok(NULL, " "), NULL, 10), sizeof(record));
			printf("done\n");
		} else {
			printf("%zu\n", sizeof(record.slots[0]));
		}
	}
	return 0;
}
