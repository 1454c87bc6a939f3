/*
 * Entropy, or an error: the chip's noise through health tests (NIST SP 800-90B) into a generator (SP 800-90A), with a seed that the app
 * keeps from one start to the next. The hardware never says that it is not ready, so nothing is given out before both have gone well.
 */

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "bootloader_random.h"
#include "esp_random.h"
#include "sodium.h"

#include "health-test.h"
#include "hmac-drbg.h"
#include "random.h"

/* At 4 bits in each byte: 256 bits for a seed, 128 for the nonce. */
#define SEED_BYTES 64
#define NONCE_BYTES 32
/* What the start-up test takes at once. */
#define PIECE_BYTES 64

static ChoirHealthTest test;
static ChoirDrbg drbg;
/* The next start's seed has been handed out and is said to be kept. */
static bool ready;

static void refuse(xsMachine *the, const char *why)
{
	sodium_memzero(&drbg, sizeof(drbg));
	ready = false;
	xsUnknownError("entropy: %s", why);
}

/* Fills the bytes with noise; false as soon as a health test has failed. */
static bool take(uint8_t *bytes, size_t length)
{
	esp_fill_random(bytes, length);
	for (size_t i = 0; i < length; i++)
		choir_health_sample(&test, bytes[i]);
	return !test.failed;
}

static bool start_up_test(void)
{
	uint8_t piece[PIECE_BYTES];
	bool sound = true;
	choir_health_begin(&test);
	for (int taken = 0; sound && taken < CHOIR_START_UP_SAMPLES; taken += PIECE_BYTES)
		sound = take(piece, PIECE_BYTES);
	sodium_memzero(piece, sizeof(piece));
	return sound;
}

/*
 * (seed): seeds the generator, before radio and converter are started, from their noise and from the seed that the last start handed out
 * (undefined at the first). Returns the seed for the next start, an ArrayBuffer; once that is kept, `choir_entropy_ready` is to be called.
 */
void choir_entropy_begin(xsMachine *the)
{
	uint8_t noise[SEED_BYTES + NONCE_BYTES], next[CHOIR_DRBG_BYTES];
	ChoirBytes entropy = { noise, SEED_BYTES }, nonce = { noise + SEED_BYTES, NONCE_BYTES }, kept = { NULL, 0 }, none = { NULL, 0 };
	bool sound;
	ready = false;
	if (xsmcArgc > 0 && xsmcTest(xsArg(0))) {
		void *data;
		xsUnsignedValue length;
		xsmcGetBufferReadable(xsArg(0), &data, &length);
		kept.data = data;
		kept.length = length;
	}
	bootloader_random_enable();
	sound = start_up_test() && take(noise, sizeof(noise));
	bootloader_random_disable();
	if (sound) {
		choir_drbg_instantiate(&drbg, entropy, nonce, kept);
		sound = choir_drbg_generate(&drbg, next, sizeof(next), none);
	}
	sodium_memzero(noise, sizeof(noise));
	if (!sound)
		refuse(the, "the noise of the chip fails its health tests");
	xsmcSetArrayBuffer(xsResult, next, sizeof(next));
	sodium_memzero(next, sizeof(next));
}

/* (): the next start's seed is kept. */
void choir_entropy_ready(xsMachine *the)
{
	if (!drbg.seeded)
		refuse(the, "not begun");
	ready = true;
}

/* (): takes up fresh noise; only while the radio is on, which is its source then. */
void choir_entropy_reseed(xsMachine *the)
{
	uint8_t noise[SEED_BYTES];
	ChoirBytes entropy = { noise, SEED_BYTES }, none = { NULL, 0 };
	bool sound = drbg.seeded && take(noise, sizeof(noise));
	if (sound)
		choir_drbg_reseed(&drbg, entropy, none);
	sodium_memzero(noise, sizeof(noise));
	if (!sound)
		refuse(the, "the noise of the radio fails its health tests");
}

/* (bytes): fills them, or throws. */
void choir_entropy_fill(xsMachine *the)
{
	void *data;
	xsUnsignedValue length;
	uint8_t *out;
	ChoirBytes none = { NULL, 0 };
	xsmcGetBufferWritable(xsArg(0), &data, &length);
	if (!ready)
		refuse(the, "not ready");
	for (out = data; length > 0;) {
		xsUnsignedValue part = length < CHOIR_DRBG_MOST_REQUEST ? length : CHOIR_DRBG_MOST_REQUEST;
		if (!choir_drbg_generate(&drbg, out, part, none))
			refuse(the, "not seeded");
		out += part;
		length -= part;
	}
}

/* hosts/moddable/native/random.h. */
bool choir_random(void *bytes, size_t length)
{
	ChoirBytes none = { NULL, 0 };
	return ready && choir_drbg_generate(&drbg, bytes, length, none);
}
