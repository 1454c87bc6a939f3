/* Runs the Montgomery ring on standard input and writes results to standard output, for hosts/moddable/tests/montgomery.test.ts: records of
   an operation's byte, the bytes of n as 16 bits little-endian, n, then operands as lo and hi; each answer is a byte that says whether it was refused,
   then what the operation gives. */

#include "../../native/montgomery.h"

#include <stdio.h>
#include <stdlib.h>

static uint8_t *take(size_t length)
{
	uint8_t *bytes = malloc(length > 0 ? length : 1);
	if (bytes == NULL || fread(bytes, 1, length, stdin) != length)
		exit(1);
	return bytes;
}

static void give(int is_refused, const uint8_t *bytes, size_t length)
{
	putchar(is_refused);
	if (!is_refused)
		fwrite(bytes, 1, length, stdout);
}

static void run(int operation, size_t length)
{
	uint8_t *n = take(length), *first = take(2 * length), *second = take(2 * length), *out = malloc(2 * length);
	choir_modulus *modulus = malloc(CHOIR_MONTGOMERY(modulus_size)(length));
	if (out == NULL || modulus == NULL)
		exit(1);
	int holds = CHOIR_MONTGOMERY(prepare)(modulus, n, length);
	if (holds) {
		choir_limb *a = malloc(CHOIR_MONTGOMERY(element_size)(modulus)), *b = malloc(CHOIR_MONTGOMERY(element_size)(modulus));
		if (a == NULL || b == NULL)
			exit(1);
		holds = CHOIR_MONTGOMERY(read)(a, first, modulus);
		if (operation == 'p')
			holds = holds && CHOIR_MONTGOMERY(times_power)(a, a, second, modulus);
		else if (holds && operation == 's')
			CHOIR_MONTGOMERY(square)(a, a, modulus);
		else if (operation == 'm') {
			holds = holds && CHOIR_MONTGOMERY(read)(b, second, modulus);
			if (holds)
				CHOIR_MONTGOMERY(multiply)(b, a, b, modulus);
		}
		if (holds) {
			if (operation == 'v')
				CHOIR_MONTGOMERY(value)(out, a, modulus);
			else
				CHOIR_MONTGOMERY(write)(out, operation == 'm' ? b : a, modulus);
		}
		free(a);
		free(b);
	}
	give(!holds, out, 2 * length);
	free(n);
	free(first);
	free(second);
	free(out);
	free(modulus);
}

int main(void)
{
	for (int operation = getchar(); operation != EOF; operation = getchar()) {
		size_t low = (size_t)getchar();
		run(operation, low | (size_t)getchar() << 8);
	}
	return 0;
}
