/* Ed25519 and SHA-2 of libsodium for XS (hosts/moddable/primitives.ts). Secret keys lie outside XS's memory, which moves, and are erased when they go. */

#include "xsmc.h"
#include "mc.xs.h"

#include <sodium.h>
#include <stdlib.h>

#ifdef _MSC_VER
#pragma comment(lib, "libsodium")
#endif

/* The bytes of an argument; pointers are taken after the result is made, since chunks move when memory is allocated. */
static const void *readable(xsMachine *the, xsSlot *slot, xsUnsignedValue *length)
{
	void *data;
	xsmcGetBufferReadable(*slot, &data, length);
	return data;
}

/*
 * A new buffer as the function's result. libsodium wants to be started before anything else, and may be again. On a chip it is not: what is
 * called here has one implementation and draws nothing at random, and the start would link in all that has several (45 KB of an image).
 */
static unsigned char *result_of(xsMachine *the, size_t size)
{
#ifndef ESP_PLATFORM
	if (sodium_init() < 0)
		xsUnknownError("libsodium does not start");
#endif
	return xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)size);
}

/* (message): SHA-256. */
void choir_sha256(xsMachine *the)
{
	xsUnsignedValue length;
	unsigned char *digest = result_of(the, crypto_hash_sha256_BYTES);
	const void *message = readable(the, &xsArg(0), &length);
	crypto_hash_sha256(digest, message, length);
}

/* (message): SHA-512. */
void choir_sha512(xsMachine *the)
{
	xsUnsignedValue length;
	unsigned char *digest = result_of(the, crypto_hash_sha512_BYTES);
	const void *message = readable(the, &xsArg(0), &length);
	crypto_hash_sha512(digest, message, length);
}

/* The destructor of a SHA-256 under way: its state is a chunk, which XS frees. */
void choir_sha256_stream_destructor(void *data) {}

/* this: a SHA-256 under way, begun. */
void choir_sha256_stream(xsMachine *the)
{
	crypto_hash_sha256_state state;
	crypto_hash_sha256_init(&state);
	xsmcSetHostChunk(xsThis, &state, sizeof(state));
}

/* (part): takes the next bytes. */
void choir_sha256_stream_update(xsMachine *the)
{
	xsUnsignedValue length;
	const void *part = readable(the, &xsArg(0), &length);
	crypto_hash_sha256_update(xsmcGetHostChunk(xsThis), part, length);
}

/* The digest of all parts; the stream is spent. */
void choir_sha256_stream_digest(xsMachine *the)
{
	unsigned char *digest = result_of(the, crypto_hash_sha256_BYTES);
	crypto_hash_sha256_final(xsmcGetHostChunk(xsThis), digest);
}

void choir_signer_destructor(void *data)
{
	if (data != NULL) {
		sodium_memzero(data, crypto_sign_SECRETKEYBYTES);
		free(data);
	}
}

/* this (seed): the signer of an Ed25519 seed (RFC 8032, 5.1.5); its public key is the result. */
void choir_signer(xsMachine *the)
{
	unsigned char *secret;
	xsUnsignedValue length;
	unsigned char *publicKey = result_of(the, crypto_sign_PUBLICKEYBYTES);
	const void *seed = readable(the, &xsArg(0), &length);
	if (length != crypto_sign_SEEDBYTES)
		xsRangeError("a seed has 32 bytes");
	secret = malloc(crypto_sign_SECRETKEYBYTES);
	if (secret == NULL)
		xsUnknownError("no memory for a secret key");
	crypto_sign_seed_keypair(publicKey, secret, seed);
	xsmcSetHostData(xsThis, secret);
}

/* this (message): the signature. */
void choir_signer_sign(xsMachine *the)
{
	xsUnsignedValue length;
	unsigned char *signature = result_of(the, crypto_sign_BYTES);
	const void *message = readable(the, &xsArg(0), &length);
	const unsigned char *secret = xsmcGetHostData(xsThis);
	if (secret == NULL)
		xsUnknownError("no signer");
	crypto_sign_detached(signature, NULL, message, length, secret);
}

/*
 * (public key, message, signature): whether the signature holds. libsodium refuses s beyond the group's order, keys and R of small order, and keys
 * beyond the field (RFC 8032, 5.1.7; core/small-order.ts).
 */
void choir_verify(xsMachine *the)
{
	xsUnsignedValue keyLength, messageLength, signatureLength;
	const void *key = readable(the, &xsArg(0), &keyLength);
	const void *message = readable(the, &xsArg(1), &messageLength);
	const void *signature = readable(the, &xsArg(2), &signatureLength);
	int holds = 0;
	if (keyLength == crypto_sign_PUBLICKEYBYTES && signatureLength == crypto_sign_BYTES)
		holds = crypto_sign_verify_detached(signature, message, messageLength, key) == 0;
	xsmcSetBoolean(xsResult, holds);
}
