/* HMAC_DRBG with SHA-256 (NIST SP 800-90A Rev. 1, 10.1.2), 256 bits strong. Portable: it needs libsodium's HMAC. */

#ifndef CHOIR_HMAC_DRBG_H
#define CHOIR_HMAC_DRBG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHOIR_DRBG_BYTES 32
/* Bytes that one request may ask for (table 2: 2^19 bits). */
#define CHOIR_DRBG_MOST_REQUEST 65536

typedef struct {
	const uint8_t *data;
	size_t length;
} ChoirBytes;

typedef struct {
	uint8_t key[CHOIR_DRBG_BYTES], value[CHOIR_DRBG_BYTES];
	/* Requests since it was last seeded. */
	uint64_t requests;
	bool seeded;
} ChoirDrbg;

/* 10.1.2.3. The entropy holds 256 bits of it or more, the nonce 128. */
void choir_drbg_instantiate(ChoirDrbg *drbg, ChoirBytes entropy, ChoirBytes nonce, ChoirBytes personalization);

/* 10.1.2.4. The entropy holds 256 bits of it or more. */
void choir_drbg_reseed(ChoirDrbg *drbg, ChoirBytes entropy, ChoirBytes additional);

/* 10.1.2.5. False, and nothing filled, for one that is not seeded, asked for too much, or not reseeded for too long. */
bool choir_drbg_generate(ChoirDrbg *drbg, uint8_t *out, size_t length, ChoirBytes additional);

#endif
