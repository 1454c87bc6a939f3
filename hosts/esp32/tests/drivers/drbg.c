/* Drives hmac-drbg.c: `instantiate ENTROPY NONCE PERSONALIZATION`, `reseed ENTROPY ADDITIONAL`, `generate LENGTH ADDITIONAL`, `forget`. */

#include "hmac-drbg.h"
#include "lines.h"

static uint8_t buffers[3][4096];

static ChoirBytes word_bytes(int index)
{
	const char *word = strtok(NULL, " ");
	ChoirBytes bytes = { buffers[index], word == NULL ? 0 : from_hex(word, buffers[index]) };
	return bytes;
}

int main(void)
{
	ChoirDrbg drbg = { .seeded = false };
	uint8_t *out = malloc(CHOIR_DRBG_MOST_REQUEST + 1);
	char *line;
	while ((line = next_line()) != NULL) {
		const char *verb = strtok(line, " ");
		if (strcmp(verb, "instantiate") == 0) {
			ChoirBytes entropy = word_bytes(0), nonce = word_bytes(1), personalization = word_bytes(2);
			choir_drbg_instantiate(&drbg, entropy, nonce, personalization);
			printf("done\n");
		} else if (strcmp(verb, "reseed") == 0) {
			ChoirBytes entropy = word_bytes(0), additional = word_bytes(1);
			choir_drbg_reseed(&drbg, entropy, additional);
			printf("done\n");
		} else if (strcmp(verb, "generate") == 0) {
			size_t length = strtoul(strtok(NULL, " "), NULL, 10);
			ChoirBytes additional = word_bytes(0);
			if (choir_drbg_generate(&drbg, out, length, additional))
				print_hex(out, length);
			else
				printf("refused\n");
		} else {
			drbg.seeded = false;
			printf("done\n");
		}
	}
	free(out);
	return 0;
}
