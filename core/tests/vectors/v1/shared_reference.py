"""Shared custody a second time, from the formulas of docs/PROTOCOL.md: dealing, shares of openings with their proofs, and HPKE's base mode (RFC 9180)."""

import fractions
import hmac
import itertools
import math

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from gmpy2 import invert, is_prime, mpz, powmod

from reference import I, Key, O, Signer, cbor, fixed_bytes, sha256


def safe_prime(label, bits):
    """The first p = 2p' + 1 of two primes from a labelled number whose two top bits are set."""
    p = O(fixed_bytes("safe " + label, bits // 8)) | mpz(3) << bits - 2 | 3
    while not (is_prime(p // 2, 2) and is_prime(p, 40) and is_prime(p // 2, 40)):
        p += 4
    return p


class Dealing:
    """Threshold Damgard-Jurik, s = 1."""

    def __init__(self, bits, threshold, holders):
        self.key, self.t, self.l = Key(bits, safe_prime), threshold, holders
        key, name = self.key, "%d-bit dealing " % bits
        self.m = (key.p // 2) * (key.q // 2)
        self.order = key.n * self.m
        # 0 mod p'q' and 1 mod n
        d = self.m * invert(self.m, key.n)
        assert d % self.m == 0 and d % key.n == 1
        wide = lambda label: O(fixed_bytes(name + label, bits // 4 + 16))
        self.coefficients = [wide("a%d" % j) % self.order for j in range(1, threshold)]
        self.x = wide("x") % key.n2
        self.v = self.x**2 % key.n2
        self.delta = math.factorial(holders)
        self.shares = [
            (d + sum(a * mpz(i) ** (j + 1) for j, a in enumerate(self.coefficients))) % self.order
            for i in range(1, holders + 1)
        ]
        self.verifications = [powmod(self.v, self.delta * s, key.n2) for s in self.shares]
        self.nonce_bits = 8 * -(-(2 * bits + self.delta.bit_length() + 384) // 8)

    def partial(self, c, holder, index, context, nonce):
        """Share of holder `index` (from 0) and its proof; `context` as the hash takes it between v_i and c."""
        key, s = self.key, self.shares[index]
        value = powmod(c, 2 * self.delta * s, key.n2)
        r = O(nonce)
        a, b = powmod(c, 4 * r, key.n2), powmod(self.v, r, key.n2)
        wide = lambda element: I(element, 2 * key.k)
        hashed = b"choir/v1/share" + I(key.n, key.k) + wide(self.v) + wide(self.verifications[index]) + context(holder)
        e = O(sha256(hashed + wide(c) + wide(value) + wide(a) + wide(b)))
        z = r + e * self.delta * s
        assert z < mpz(2) ** self.nonce_bits
        # the verifier's equations
        assert a == powmod(c, 4 * z, key.n2) * invert(powmod(value, 2 * e, key.n2), key.n2) % key.n2
        assert b == powmod(self.v, z, key.n2) * invert(powmod(self.verifications[index], e, key.n2), key.n2) % key.n2
        return value, e, z

    def encode(self, value, e, z):
        return I(value, 2 * self.key.k) + I(e, 32) + I(z, self.nonce_bits // 8)

    def coefficient(self, i, chosen):
        """Lagrange's at 0 for i in a set of numbers from 1, times l!, in fractions."""
        product = fractions.Fraction(self.delta)
        for j in chosen:
            if j != i:
                product *= fractions.Fraction(-j, i - j)
        assert product.denominator == 1
        return product.numerator

    def combine(self, values, chosen):
        key, total = self.key, mpz(1)
        for i in chosen:
            total = total * powmod(values[i - 1], 2 * self.coefficient(i, chosen), key.n2) % key.n2
        assert total % key.n == 1
        return (total - 1) // key.n * invert(4 * self.delta**2, key.n) % key.n

    def check(self, c, values):
        """Every t of the shares open what the whole key opens."""
        whole = self.key.open(c)
        for chosen in itertools.combinations(range(1, self.l + 1), self.t):
            assert self.combine(values, chosen) == whole
        return whole


# HPKE, base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM (RFC 9180)

def extract(salt, ikm):
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(prk, info, length):
    block, stream = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        stream += block
    return stream[:length]


def labeled_extract(suite, salt, label, ikm):
    return extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite, prk, label, info, length):
    return expand(prk, I(length, 2) + b"HPKE-v1" + suite + label + info, length)


class Sealer:
    """An X25519 key pair from a fixed secret."""

    def __init__(self, name):
        self.secret = fixed_bytes("X25519 key of " + name, 32)
        self.private = X25519PrivateKey.from_private_bytes(self.secret)
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        self.public = self.private.public_key().public_bytes(*raw)


def hpke_seal(recipient, ephemeral, info, aad, plaintext):
    """enc, then the ciphertext with its tag."""
    kem, suite = b"KEM" + I(0x20, 2), b"HPKE" + I(0x20, 2) + I(1, 2) + I(1, 2)
    dh = ephemeral.private.exchange(X25519PublicKey.from_public_bytes(recipient))
    prk = labeled_extract(kem, b"", b"eae_prk", dh)
    shared = labeled_expand(kem, prk, b"shared_secret", ephemeral.public + recipient, 32)
    context = b"\0" + labeled_extract(suite, b"", b"psk_id_hash", b"") + labeled_extract(suite, b"", b"info_hash", info)
    secret = labeled_extract(suite, shared, b"secret", b"")
    key = labeled_expand(suite, secret, b"key", context, 16)
    nonce = labeled_expand(suite, secret, b"base_nonce", context, 12)
    return ephemeral.public + AESGCM(key).encrypt(nonce, plaintext, aad)


# Countersigned files

def countersigned(kind, envelope, payload, signers):
    """The list of a signed file and its countersignatures (RFC 9338, abbreviated), signers by name."""
    header = b"\xa2\x01\x32\x03" + cbor("application/vnd.choir.v1.%s+cbor" % kind)
    to_sign = cbor(["CounterSignature0V2", header, b"", payload, [envelope[-64:]]])
    return cbor([envelope, [[name, signers[name].private.sign(to_sign)] for name in sorted(signers)]])
