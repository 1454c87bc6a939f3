/* The Montgomery ring of montgomery.h for XS (hosts/moddable/ring.ts): a modulus and its elements are ArrayBuffers, made and read here alone. */

#include "xsmc.h"
#include "mc.xs.h"

#include "montgomery.h"

#ifndef CHOIR_RING
#define CHOIR_RING(name) choir_ring_##name
#endif

/* Arguments of every function below: the modulus, then what it works on. Chunks move when memory is allocated, so pointers are taken after that. */
static const choir_modulus *modulus_of(xsMachine *the, xsSlot *slot)
{
	void *data;
	xsUnsignedValue length;
	const choir_modulus *modulus;
	xsmcGetBufferReadable(*slot, &data, &length);
	modulus = data;
	if (length < sizeof(*modulus) || modulus->bytes > CHOIR_MODULUS_BYTES_MOST || length != CHOIR_MONTGOMERY(modulus_size)(modulus->bytes))
		xsRangeError("no modulus");
	return modulus;
}

static const void *bytes_of(xsMachine *the, xsSlot *slot, size_t expected)
{
	void *data;
	xsUnsignedValue length;
	xsmcGetBufferReadable(*slot, &data, &length);
	if (length != expected)
		xsRangeError("not as many bytes as this modulus asks for");
	return data;
}

static const choir_limb *element_of(xsMachine *the, xsSlot *slot, const choir_modulus *modulus)
{
	return bytes_of(the, slot, CHOIR_MONTGOMERY(element_size)(modulus));
}

/* A new buffer as the function's result. */
static void *result_of(xsMachine *the, size_t size)
{
	return xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)size);
}

/* (n big-endian): the modulus, or undefined for an n that is even, below 3 or too long. */
void CHOIR_RING(prepare)(xsMachine *the)
{
	void *data;
	xsUnsignedValue length;
	void *modulus;
	xsmcGetBufferReadable(xsArg(0), &data, &length);
	if (length == 0 || length > CHOIR_MODULUS_BYTES_MOST)
		return;
	modulus = result_of(the, CHOIR_MONTGOMERY(modulus_size)(length));
	if (!CHOIR_MONTGOMERY(prepare)(modulus, bytes_of(the, &xsArg(0), length), length))
		xsmcSetUndefined(xsResult);
}

/* (modulus, a, b): the product. */
void CHOIR_RING(multiply)(xsMachine *the)
{
	choir_limb *result = result_of(the, CHOIR_MONTGOMERY(element_size)(modulus_of(the, &xsArg(0))));
	const choir_modulus *modulus = modulus_of(the, &xsArg(0));
	CHOIR_MONTGOMERY(multiply)(result, element_of(the, &xsArg(1), modulus), element_of(the, &xsArg(2), modulus), modulus);
}

/* (modulus, a): the square. */
void CHOIR_RING(square)(xsMachine *the)
{
	choir_limb *result = result_of(the, CHOIR_MONTGOMERY(element_size)(modulus_of(the, &xsArg(0))));
	const choir_modulus *modulus = modulus_of(the, &xsArg(0));
	CHOIR_MONTGOMERY(square)(result, element_of(the, &xsArg(1), modulus), modulus);
}

/* (modulus, a, exponent as long as n): a * (1+n)^exponent, or undefined for an exponent that is not below n. */
void CHOIR_RING(times_power)(xsMachine *the)
{
	choir_limb *result = result_of(the, CHOIR_MONTGOMERY(element_size)(modulus_of(the, &xsArg(0))));
	const choir_modulus *modulus = modulus_of(the, &xsArg(0));
	const uint8_t *exponent = bytes_of(the, &xsArg(2), modulus->bytes);
	if (!CHOIR_MONTGOMERY(times_power)(result, element_of(the, &xsArg(1), modulus), exponent, modulus))
		xsmcSetUndefined(xsResult);
}

/* (modulus, lo then hi): the element, or undefined when one of them is not below n. */
void CHOIR_RING(read)(xsMachine *the)
{
	choir_limb *result = result_of(the, CHOIR_MONTGOMERY(element_size)(modulus_of(the, &xsArg(0))));
	const choir_modulus *modulus = modulus_of(the, &xsArg(0));
	if (!CHOIR_MONTGOMERY(read)(result, bytes_of(the, &xsArg(1), 2 * modulus->bytes), modulus))
		xsmcSetUndefined(xsResult);
}

/* (modulus, a): lo then hi. */
void CHOIR_RING(write)(xsMachine *the)
{
	uint8_t *halves = result_of(the, 2 * modulus_of(the, &xsArg(0))->bytes);
	const choir_modulus *modulus = modulus_of(the, &xsArg(0));
	CHOIR_MONTGOMERY(write)(halves, element_of(the, &xsArg(1), modulus), modulus);
}

/* (modulus, a): the value's bytes. */
void CHOIR_RING(value)(xsMachine *the)
{
	uint8_t *bytes = result_of(the, 2 * modulus_of(the, &xsArg(0))->bytes);
	const choir_modulus *modulus = modulus_of(the, &xsArg(0));
	CHOIR_MONTGOMERY(value)(bytes, element_of(the, &xsArg(1), modulus), modulus);
}
