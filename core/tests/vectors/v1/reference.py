"""Protocol version 1 a second time, from the formulas of docs/PROTOCOL.md: what the scripts beside this one make known answers with (Debian: python3-gmpy2, python3-cryptography)."""

import hashlib
import json
import pathlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from gmpy2 import gcd, invert, is_prime, lcm, mpz, powmod

HERE = pathlib.Path(__file__).parent


# Notation (section 1)

def I(x, width):
    return int(x).to_bytes(width, "big")


def O(data):
    return mpz(int.from_bytes(data, "big"))


def sha256(data):
    return hashlib.sha256(data).digest()


def fixed_bytes(label, length):
    """Bytes that stand in for random ones."""
    return hashlib.shake_256(("choir test vector: " + label).encode()).digest(length)


# Deterministic CBOR (section 3)

def head(major, value):
    for size, info in ((0, None), (1, 24), (2, 25), (4, 26), (8, 27)):
        if info is None and value < 24:
            return bytes([major << 5 | value])
        if info is not None and value < 256**size:
            return bytes([major << 5 | info]) + I(value, size)
    raise ValueError(value)


def cbor(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(cbor(item) for item in value)
    raise TypeError(type(value))


# Envelopes (section 4)

class Signer:
    def __init__(self, name):
        self.seed = fixed_bytes("seed of " + name, 32)
        self.private = Ed25519PrivateKey.from_private_bytes(self.seed)
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        self.public = self.private.public_key().public_bytes(*raw)

    def envelope(self, kind, payload):
        header = b"\xa2\x01\x32\x03" + cbor("application/vnd.choir.v1.%s+cbor" % kind)
        to_sign = b"\x84\x6aSignature1" + cbor(header) + b"\x40" + cbor(payload)
        return b"\xd2\x84" + cbor(header) + b"\xa0" + cbor(payload) + b"\x58\x40" + self.private.sign(to_sign)


# Plaintext (section 8)

class Layout:
    def __init__(self, channels, largest_group):
        members = (largest_group - 1).bit_length()
        self.widths = [1 + members + 1] + [maximum.bit_length() + members + 1 for _, maximum in channels]
        self.offsets = [sum(self.widths[:i]) for i in range(len(self.widths))]
        self.bits = sum(self.widths)

    def pack(self, values):
        return sum(v << o for v, o in zip([1] + list(values), self.offsets))

    def slots(self, plaintext):
        return [(int(plaintext) >> o) % 2**w for o, w in zip(self.offsets, self.widths)]


# Key and comb table (sections 6 and 7)

def test_prime(label, bits):
    """The first prime 3 mod 4 from a labelled number whose two top bits are set."""
    p = O(fixed_bytes(label, bits // 8)) | mpz(3) << bits - 2 | 3
    while not is_prime(p, 40):
        p += 4
    return p


class Key:
    def __init__(self, bits, prime=test_prime):
        self.bits, self.k = bits, bits // 8
        self.p, self.q = prime("p %d" % bits, bits // 2), prime("q %d" % bits, bits // 2)
        assert gcd(self.p - 1, self.q - 1) == 2
        self.n, self.n2 = self.p * self.q, (self.p * self.q) ** 2
        self.seed = fixed_bytes("seed of h %d" % bits, 32)
        self.x = self.unit("choir/v1/h")
        self.h = -self.x**2 % self.n
        self.hs = powmod(self.h, self.n, self.n2)
        self.spacing = -(-(bits // 2 + 256) // 8)

    def unit(self, label):
        length = (self.bits + 128) // 8
        stream = b"".join(
            hashlib.sha512(label.encode() + bytes([i]) + I(self.n, self.k) + self.seed).digest()
            for i in range(length // 64 + 1)
        )
        return O(stream[:length]) % self.n

    def lo_hi(self, value):
        return I(value % self.n, self.k) + I(value // self.n, self.k)

    def table(self):
        blind = self.unit("choir/v1/comb") * (1 + self.n) % self.n2
        teeth = [powmod(self.hs, mpz(2) ** (self.spacing * j), self.n2) for j in range(8)]
        entries = []
        for i in range(256):
            entry = blind
            for j in range(8):
                if i >> j & 1:
                    entry = entry * teeth[j] % self.n2
            entries.append(entry)
        entries.append(invert(powmod(blind, 2**self.spacing - 1, self.n2), self.n2))
        return [self.lo_hi(entry) for entry in entries]

    def open(self, c):
        """Paillier 1999, with lambda(n) whole."""
        secret = lcm(self.p - 1, self.q - 1)
        return (powmod(c, secret, self.n2) - 1) // self.n * invert(secret, self.n) % self.n


# Pool entry, ciphertext and proof (sections 9 and 10)

def seal(key, key_id, layout, meter, interval, values):
    label = "%s %d %d " % (meter, interval, key.bits)
    mask = -(-layout.bits // 8) + 32
    alpha = fixed_bytes(label + "alpha", key.bits // 16)
    s = fixed_bytes(label + "s", key.bits // 16 + 32)
    r = fixed_bytes(label + "r", mask)
    rho = powmod(key.hs, O(alpha), key.n2)
    A = powmod(1 + key.n, O(r), key.n2) * powmod(key.hs, O(s), key.n2) % key.n2
    m = layout.pack(values)
    c = powmod(1 + key.n, m, key.n2) * rho % key.n2
    hashed = b"choir/v1/proof" + key_id + I(len(meter), 1) + meter.encode() + I(interval, 8) + I(A, 2 * key.k) + I(c, 2 * key.k)
    e = O(sha256(hashed)[:16])
    z1, z2 = O(r) - e * m, O(s) - e * O(alpha)
    assert z1 >= 0 and z2 >= 0
    assert A == powmod(1 + key.n, z1, key.n2) * powmod(key.hs, z2, key.n2) * powmod(c, e, key.n2) % key.n2
    assert key.open(c) == m
    return {
        "meter": meter, "interval": interval, "values": list(values), "plaintext": "%x" % m,
        "alpha": alpha.hex(), "s": s.hex(), "r": r.hex(),
        "entry": (key.lo_hi(rho) + alpha + s + r + I(A, 2 * key.k)).hex(),
        "ciphertext": I(c, 2 * key.k).hex(), "challenge": I(e, 16).hex(), "commitment": I(A, 2 * key.k).hex(),
        "z1": I(z1, mask).hex(), "z2": I(z2, key.bits // 16 + 32).hex(),
    }


def write(name, content):
    (HERE / name).write_text(json.dumps(content, indent=2) + "\n")
