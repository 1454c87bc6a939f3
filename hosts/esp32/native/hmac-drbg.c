/* HMAC_DRBG: see hmac-drbg.h. */

#include "hmac-drbg.h"

#include <string.h>

#include <sodium.h>

/* Requests between two seedings (table 2: 2^48). */
#define MOST_REQUESTS (UINT64_C(1) << 48)
#define MOST_PARTS 3

/* key := HMAC(key, value || tag || parts), value := HMAC(key, value). */
static void mix(ChoirDrbg *drbg, uint8_t tag, const ChoirBytes *parts)
{
	crypto_auth_hmacsha256_state state;
	crypto_auth_hmacsha256_init(&state, drbg->key, sizeof(drbg->key));
	crypto_auth_hmacsha256_update(&state, drbg->value, sizeof(drbg->value));
	crypto_auth_hmacsha256_update(&state, &tag, 1);
	for (int i = 0; i < MOST_PARTS; i++)
		if (parts[i].length > 0)
			crypto_auth_hmacsha256_update(&state, parts[i].data, parts[i].length);
	crypto_auth_hmacsha256_final(&state, drbg->key);
	crypto_auth_hmacsha256(drbg->value, drbg->value, sizeof(drbg->value), drbg->key);
	sodium_memzero(&state, sizeof(state));
}

/* 10.1.2.2. */
static void update(ChoirDrbg *drbg, const ChoirBytes *parts)
{
	mix(drbg, 0, parts);
	if (parts[0].length + parts[1].length + parts[2].length > 0)
		mix(drbg, 1, parts);
}

void choir_drbg_instantiate(ChoirDrbg *drbg, ChoirBytes entropy, ChoirBytes nonce, ChoirBytes personalization)
{
	const ChoirBytes parts[MOST_PARTS] = { entropy, nonce, personalization };
	memset(drbg->key, 0, sizeof(drbg->key));
	memset(drbg->value, 1, sizeof(drbg->value));
	update(drbg, parts);
	drbg->requests = 0;
	drbg->seeded = true;
}

void choir_drbg_reseed(ChoirDrbg *drbg, ChoirBytes entropy, ChoirBytes additional)
{
	const ChoirBytes parts[MOST_PARTS] = { entropy, additional };
	update(drbg, parts);
	drbg->requests = 0;
}

bool choir_drbg_generate(ChoirDrbg *drbg, uint8_t *out, size_t length, ChoirBytes additional)
{
	const ChoirBytes parts[MOST_PARTS] = { additional };
	if (!drbg->seeded || length > CHOIR_DRBG_MOST_REQUEST || drbg->requests >= MOST_REQUESTS)
		return false;
	if (additional.length > 0)
		update(drbg, parts);
	while (length > 0) {
		size_t part = length < sizeof(drbg->value) ? length : sizeof(drbg->value);
		crypto_auth_hmacsha256(drbg->value, drbg->value, sizeof(drbg->value), drbg->key);
		memcpy(out, drbg->value, part);
		out += part;
		length -= part;
	}
	update(drbg, parts);
	drbg->requests++;
	return true;
}
