/* Products mod n^2 out of products and reductions of the length of n; montgomery.h says what each function is for. */

#include "montgomery.h"

#include <string.h>

#define LIMB_BITS CHOIR_LIMB_BITS
/* A product of two halves, and what two such products carry out. */
#define WIDE_MOST (2 * CHOIR_LIMBS_MOST + 1)

/* Keeps the compiler from turning a mask back into a branch. */
static choir_limb opaque(choir_limb value)
{
#if defined(__GNUC__) || defined(__clang__)
	__asm__ volatile("" : "+r"(value));
#endif
	return value;
}

/* Erases scratch; through a volatile pointer, or the compiler would leave out writes that nobody reads. */
static void wipe(choir_limb *words, size_t count)
{
	volatile choir_limb *each = words;
	while (count-- > 0)
		*each++ = 0;
}

/* r += a * b over k limbs; returns the limb that is carried out. The inner loop of everything. */
static choir_limb accumulate(choir_limb *r, const choir_limb *a, choir_limb b, size_t k)
{
	choir_limb carry = 0;
	for (size_t i = 0; i < k; i++) {
		choir_two_limbs sum = (choir_two_limbs)a[i] * b + r[i] + carry;
		r[i] = (choir_limb)sum;
		carry = (choir_limb)(sum >> LIMB_BITS);
	}
	return carry;
}

/* r -= a & mask over k limbs; returns the borrow. */
static choir_limb subtract(choir_limb *r, const choir_limb *a, choir_limb mask, size_t k)
{
	choir_limb borrow = 0;
	for (size_t i = 0; i < k; i++) {
		choir_two_limbs difference = (choir_two_limbs)r[i] - (a[i] & mask) - borrow;
		r[i] = (choir_limb)difference;
		borrow = (choir_limb)(difference >> LIMB_BITS) & 1;
	}
	return borrow;
}

/* Whether a < b over k limbs, as 0 or 1. */
static choir_limb is_less(const choir_limb *a, const choir_limb *b, size_t k)
{
	choir_limb borrow = 0;
	for (size_t i = 0; i < k; i++) {
		choir_two_limbs difference = (choir_two_limbs)a[i] - b[i] - borrow;
		borrow = (choir_limb)(difference >> LIMB_BITS) & 1;
	}
	return borrow;
}

/* r of k + 1 limbs becomes r - n where that is not negative; returns 1 then, else 0. */
static choir_limb settle(choir_limb *r, const choir_limb *n, size_t k)
{
	choir_limb stays = is_less(r, n, k);
	choir_two_limbs top = (choir_two_limbs)r[k] - stays;
	choir_limb subtracts = opaque(((choir_limb)(top >> LIMB_BITS) & 1) - 1);
	r[k] -= subtract(r, n, subtracts, k);
	return subtracts & 1;
}

/* r += a * b; r has 2k + 1 limbs. */
static void add_product(choir_limb *r, const choir_limb *a, const choir_limb *b, size_t k)
{
	choir_limb pending = 0;
	for (size_t i = 0; i < k; i++) {
		choir_two_limbs sum = (choir_two_limbs)accumulate(r + i, a, b[i], k) + r[i + k] + pending;
		r[i + k] = (choir_limb)sum;
		pending = (choir_limb)(sum >> LIMB_BITS);
	}
	r[2 * k] += pending;
}

/* Finds q < R with r + q*n divisible by R: r[k..2k] becomes (r + q*n) / R and r[0..k) q. Counts r modulo R^2 * 2^(limb bits). */
static void reduce(choir_limb *r, const choir_limb *n, choir_limb inverse, size_t k)
{
	choir_limb pending = 0;
	for (size_t i = 0; i < k; i++) {
		choir_limb digit = r[i] * inverse;
		choir_two_limbs sum = (choir_two_limbs)accumulate(r + i, n, digit, k) + r[i + k] + pending;
		r[i + k] = (choir_limb)sum;
		pending = (choir_limb)(sum >> LIMB_BITS);
		r[i] = digit;
	}
	r[2 * k] += pending;
}

/*
 * The element (low + n*cross) / R mod n^2 for low < n*R and 0 <= cross < 2*n^2, both of 2k + 1 limbs; wipes both.
 *
 * low + q*n = R*(lo + s*n) with lo < n and s of 0 or 1, so low + n*cross = R*lo + n*(cross - q + s*R) mod n^2, and divided by R that is
 * lo + n*((cross - q)/R + s mod n). cross - q > -R, so its reduction is not negative; it is at most (2*(n-1)^2 + R*n)/R < 3n - 2.
 */
static void finish(choir_limb *result, choir_limb *low, choir_limb *cross, const choir_modulus *modulus)
{
	const size_t k = modulus->limbs;
	const choir_limb *n = modulus->words;
	reduce(low, n, modulus->inverse, k);
	choir_limb carry = settle(low + k, n, k);
	choir_limb borrow = subtract(cross, low, (choir_limb)-1, k);
	for (size_t i = k; i <= 2 * k; i++) {
		choir_two_limbs difference = (choir_two_limbs)cross[i] - borrow;
		cross[i] = (choir_limb)difference;
		borrow = (choir_limb)(difference >> LIMB_BITS) & 1;
	}
	reduce(cross, n, modulus->inverse, k);
	for (size_t i = k; i <= 2 * k; i++) {
		choir_two_limbs sum = (choir_two_limbs)cross[i] + carry;
		cross[i] = (choir_limb)sum;
		carry = (choir_limb)(sum >> LIMB_BITS);
	}
	settle(cross + k, n, k);
	settle(cross + k, n, k);
	memcpy(result, low + k, k * sizeof(*result));
	memcpy(result + k, cross + k, k * sizeof(*result));
	wipe(low, 2 * k + 1);
	wipe(cross, 2 * k + 1);
}

/* r = 2r over k limbs, r + 1 where `carry` is 1; returns the bit that is carried out. */
static choir_limb twice(choir_limb *r, choir_limb carry, size_t k)
{
	for (size_t i = 0; i < k; i++) {
		choir_limb top = r[i] >> (LIMB_BITS - 1);
		r[i] = (r[i] << 1) | carry;
		carry = top;
	}
	return carry;
}

void CHOIR_MONTGOMERY(multiply)(choir_limb *result, const choir_limb *a, const choir_limb *b, const choir_modulus *modulus)
{
	const size_t k = modulus->limbs;
	choir_limb low[WIDE_MOST], cross[WIDE_MOST];
	memset(low, 0, (2 * k + 1) * sizeof(*low));
	memset(cross, 0, (2 * k + 1) * sizeof(*cross));
	add_product(low, a, b, k);
	add_product(cross, a, b + k, k);
	add_product(cross, a + k, b, k);
	finish(result, low, cross, modulus);
}

void CHOIR_MONTGOMERY(square)(choir_limb *result, const choir_limb *a, const choir_modulus *modulus)
{
	const size_t k = modulus->limbs;
	choir_limb low[WIDE_MOST], cross[WIDE_MOST];
	memset(low, 0, (2 * k + 1) * sizeof(*low));
	memset(cross, 0, (2 * k + 1) * sizeof(*cross));
	add_product(low, a, a, k);
	add_product(cross, a, a + k, k);
	twice(cross, 0, 2 * k + 1);
	finish(result, low, cross, modulus);
}

/* The element divided by R: what it stands for, as a residue. */
static void leave(choir_limb *result, const choir_limb *a, const choir_modulus *modulus)
{
	const size_t k = modulus->limbs;
	choir_limb low[WIDE_MOST], cross[WIDE_MOST];
	memset(low, 0, (2 * k + 1) * sizeof(*low));
	memset(cross, 0, (2 * k + 1) * sizeof(*cross));
	memcpy(low, a, k * sizeof(*low));
	memcpy(cross, a + k, k * sizeof(*cross));
	finish(result, low, cross, modulus);
}

/* k limbs from big-endian bytes. */
static void from_bytes(choir_limb *r, const uint8_t *bytes, size_t length, size_t k)
{
	memset(r, 0, k * sizeof(*r));
	for (size_t i = 0; i < length; i++)
		r[i / CHOIR_LIMB_BYTES] |= (choir_limb)bytes[length - 1 - i] << (8 * (i % CHOIR_LIMB_BYTES));
}

static void to_bytes(uint8_t *bytes, const choir_limb *a, size_t length)
{
	for (size_t i = 0; i < length; i++)
		bytes[length - 1 - i] = (uint8_t)(a[i / CHOIR_LIMB_BYTES] >> (8 * (i % CHOIR_LIMB_BYTES)));
}

int CHOIR_MONTGOMERY(read)(choir_limb *result, const uint8_t *halves, const choir_modulus *modulus)
{
	const size_t k = modulus->limbs, bytes = modulus->bytes;
	const choir_limb *n = modulus->words;
	from_bytes(result, halves, bytes, k);
	from_bytes(result + k, halves + bytes, bytes, k);
	if (!(is_less(result, n, k) & is_less(result + k, n, k)))
		return 0;
	CHOIR_MONTGOMERY(multiply)(result, result, n + k, modulus);
	return 1;
}

void CHOIR_MONTGOMERY(write)(uint8_t *halves, const choir_limb *a, const choir_modulus *modulus)
{
	const size_t k = modulus->limbs, bytes = modulus->bytes;
	choir_limb residue[2 * CHOIR_LIMBS_MOST];
	leave(residue, a, modulus);
	to_bytes(halves, residue, bytes);
	to_bytes(halves + bytes, residue + k, bytes);
	wipe(residue, 2 * k);
}

void CHOIR_MONTGOMERY(value)(uint8_t *bytes, const choir_limb *a, const choir_modulus *modulus)
{
	const size_t k = modulus->limbs;
	choir_limb residue[2 * CHOIR_LIMBS_MOST], whole[WIDE_MOST];
	leave(residue, a, modulus);
	memset(whole, 0, (2 * k + 1) * sizeof(*whole));
	memcpy(whole, residue, k * sizeof(*whole));
	add_product(whole, modulus->words, residue + k, k);
	to_bytes(bytes, whole, 2 * modulus->bytes);
	wipe(residue, 2 * k);
	wipe(whole, 2 * k + 1);
}

int CHOIR_MONTGOMERY(times_power)(choir_limb *result, const choir_limb *a, const uint8_t *exponent, const choir_modulus *modulus)
{
	const size_t k = modulus->limbs;
	const choir_limb *n = modulus->words;
	choir_limb factor[CHOIR_LIMBS_MOST + 1], wide[WIDE_MOST];
	from_bytes(factor, exponent, modulus->bytes, k);
	int fits = (int)is_less(factor, n, k);
	if (fits) {
		/* (1+n)^m = 1 + m*n, so lo stays and hi grows by lo*m mod n: lo*m/R, then times R^2 and divided by R again */
		memset(wide, 0, (2 * k + 1) * sizeof(*wide));
		add_product(wide, a, factor, k);
		reduce(wide, n, modulus->inverse, k);
		settle(wide + k, n, k);
		memcpy(factor, wide + k, k * sizeof(*factor));
		memset(wide, 0, (2 * k + 1) * sizeof(*wide));
		add_product(wide, factor, n + k, k);
		reduce(wide, n, modulus->inverse, k);
		settle(wide + k, n, k);
		choir_limb carry = 0;
		for (size_t i = 0; i < k; i++) {
			choir_two_limbs sum = (choir_two_limbs)wide[k + i] + a[k + i] + carry;
			wide[k + i] = (choir_limb)sum;
			carry = (choir_limb)(sum >> LIMB_BITS);
		}
		wide[2 * k] += carry;
		settle(wide + k, n, k);
		memmove(result, a, k * sizeof(*result));
		memcpy(result + k, wide + k, k * sizeof(*result));
		wipe(wide, 2 * k + 1);
	}
	wipe(factor, k);
	return fits;
}

size_t CHOIR_MONTGOMERY(modulus_size)(size_t bytes)
{
	size_t limbs = (bytes + CHOIR_LIMB_BYTES - 1) / CHOIR_LIMB_BYTES;
	return sizeof(choir_modulus) + 3 * limbs * CHOIR_LIMB_BYTES;
}

size_t CHOIR_MONTGOMERY(element_size)(const choir_modulus *modulus)
{
	return 2 * modulus->limbs * CHOIR_LIMB_BYTES;
}

/* The residue of 2v mod n^2, v being one. */
static void twice_residue(choir_limb *v, const choir_modulus *modulus)
{
	const size_t k = modulus->limbs;
	choir_limb half[CHOIR_LIMBS_MOST + 1];
	choir_limb carry = 0;
	for (int part = 0; part < 2; part++, v += k) {
		memcpy(half, v, k * sizeof(*half));
		half[k] = twice(half, carry, k);
		carry = settle(half, modulus->words, k);
		memcpy(v, half, k * sizeof(*half));
	}
}

int CHOIR_MONTGOMERY(prepare)(choir_modulus *modulus, const uint8_t *n, size_t bytes)
{
	const size_t k = (bytes + CHOIR_LIMB_BYTES - 1) / CHOIR_LIMB_BYTES;
	choir_limb *words = modulus->words, *square = words + k;
	modulus->bytes = bytes;
	modulus->limbs = k;
	from_bytes(words, n, bytes, k);
	size_t top = k * LIMB_BITS;
	while (top > 0 && !((words[(top - 1) / LIMB_BITS] >> ((top - 1) % LIMB_BITS)) & 1))
		top--;
	if (!(words[0] & 1) || top < 2)
		return 0;
	/* Newton: each step doubles the bits that are right, of which an odd number's own are 3 */
	choir_limb inverse = words[0];
	for (int right = 3; right < LIMB_BITS; right *= 2)
		inverse *= 2 - words[0] * inverse;
	modulus->inverse = (choir_limb)0 - inverse;
	/* 2^(top-1) < n; doubled it becomes R, the form of 1, and once more that of 2, whose power R is taken */
	memset(square, 0, 2 * k * sizeof(*square));
	square[(top - 1) / LIMB_BITS] = (choir_limb)1 << ((top - 1) % LIMB_BITS);
	const size_t exponent = k * LIMB_BITS;
	for (size_t i = top - 1; i <= exponent; i++)
		twice_residue(square, modulus);
	size_t bit = 1;
	while (bit <= exponent / 2)
		bit *= 2;
	for (bit /= 2; bit > 0; bit /= 2) {
		CHOIR_MONTGOMERY(square)(square, square, modulus);
		if (exponent & bit)
			twice_residue(square, modulus);
	}
	return 1;
}
