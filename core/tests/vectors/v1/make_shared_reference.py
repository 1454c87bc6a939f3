"""Known answers for shared custody, from the formulas of docs/PROTOCOL.md (Debian: python3-gmpy2, python3-cryptography).

Usage: python3 core/tests/vectors/v1/make_shared_reference.py && npx biome format --write core/tests/vectors
"""

from gmpy2 import mpz

from reference import I, Layout, O, Signer, cbor, fixed_bytes, seal, sha256, write
from shared_reference import Dealing, Sealer, countersigned, hpke_seal

CHANNELS = [["1-0:1.8.0", 25_000_000], ["1-0:2.8.0", 25_000_000]]
LARGEST_GROUP, K_MIN, INTERVAL_SECONDS = 48, 2, 900
FIRST, LAST = 1_980_000, 2_015_040
INTERVAL, PART, ROLL_VERSION = FIRST + 7, 1, 3
GROUP, METERS = "east", ["M", "meter-1", "meter-2"]
HOLDERS = ["provider", "trustee-1", "trustee-2", "trustee-3"]
THRESHOLD = 3
ROOT, AGGREGATOR = Signer("root"), Signer("aggregator")
SIGNERS = {name: Signer(name) for name in HOLDERS + METERS + ["rod"]}
SEALERS = {name: Sealer(name) for name in HOLDERS}
layout = Layout(CHANNELS, LARGEST_GROUP)
wire = []


def hexed(value):
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return [hexed(item) for item in value] if isinstance(value, (list, tuple)) else value


def message(kind, fields, payload, signer=None, **more):
    one = {"type": kind, "fields": fields, "payload": payload.hex(), **more}
    if signer:
        one |= {"signer": signer.public.hex(), "envelope": signer.envelope(kind, payload).hex()}
    wire.append(one)
    return payload


def key_file(dealing, version, provider_holds):
    """The payload; without a share of the provider's, the same shares are those of four trustees."""
    key = dealing.key
    table = sha256(b"".join(key.table()))
    wide = lambda element: I(element, 2 * key.k)
    names = HOLDERS if provider_holds else ["auditor"] + HOLDERS[1:]
    signers = SIGNERS | {"auditor": Signer("auditor")}
    sealers = SEALERS | {"auditor": Sealer("auditor")}
    listed = [[name, signers[name].public, sealers[name].public, wide(v)] for name, v in zip(names, dealing.verifications)]
    own = "provider" if provider_holds else None
    provider = SIGNERS["provider"].public, SEALERS["provider"].public
    payload = cbor([version, "shared", I(key.n, key.k), key.seed, wide(key.hs), table, INTERVAL_SECONDS, CHANNELS, LARGEST_GROUP,
                    layout.widths, K_MIN, FIRST, LAST, *provider, dealing.t, wide(dealing.v), listed, own])
    fields = {"version": version, "custody": "shared", "n": I(key.n, key.k).hex(), "seed": key.seed.hex(), "base": wide(key.hs).hex(),
              "tableHash": table.hex(), "intervalSeconds": INTERVAL_SECONDS, "channels": CHANNELS, "largestGroup": LARGEST_GROUP,
              "slotBits": layout.widths, "kMin": K_MIN, "firstInterval": FIRST, "lastInterval": LAST, "providerKey": provider[0].hex(),
              "providerSealingKey": provider[1].hex(), "threshold": dealing.t, "v": wide(dealing.v).hex(), "holders": hexed(listed),
              "providerHolder": own}
    return fields, payload


for bits in (512, 2048):
    dealing = Dealing(bits, THRESHOLD, len(HOLDERS))
    key = dealing.key
    wide = lambda element: I(element, 2 * key.k)
    fields, payload = key_file(dealing, 7, True)
    key_id = sha256(payload)[:16]
    message("key", fields, payload, ROOT, bits=bits)
    if bits == 512:
        message("key", *key_file(dealing, 8, False), ROOT, bits=bits)
    trustees = {name: SIGNERS[name] for name in ("trustee-1", "trustee-3")}
    envelope = ROOT.envelope("key", payload)
    message("countersigned key", {"file": envelope.hex(), "trustees": sorted(trustees)}, countersigned("key", envelope, payload, trustees), bits=bits)
    values = [(0, 0), (25_000_000, 25_000_000), (1_234_567, 89)]
    readings = [seal(key, key_id, layout, m, INTERVAL, v) for m, v in zip(METERS, values)]
    product = mpz(1)
    for one in readings:
        product = product * O(bytes.fromhex(one["ciphertext"])) % key.n2
    contributors = sha256(cbor(METERS))
    name = lambda text: I(len(text), 1) + text.encode()
    context = lambda holder: (key_id + I(ROLL_VERSION, 8) + name(holder) + name(GROUP) + I(INTERVAL, 8) + I(PART, 8) + contributors)
    partials = []
    for index, holder in enumerate(HOLDERS):
        nonce = fixed_bytes("nonce of %s %d" % (holder, bits), dealing.nonce_bits // 8)
        partials.append(dealing.partial(product, holder, index, context, nonce) + (nonce,))
    opened = dealing.check(product, [value for value, *_ in partials])
    zero = dealing.check(mpz(1), [mpz(1)] * len(HOLDERS))
    assert layout.slots(opened) == [3, 26_234_567, 25_000_089] and zero == 0
    write("shared-%d.json" % bits, {
        "comment": "A test key: its factors and shares are public. Never use it for readings.",
        "bits": bits, "p": "%x" % key.p, "q": "%x" % key.q, "n": "%x" % key.n, "base": wide(key.hs).hex(), "threshold": dealing.t,
        "coefficients": ["%x" % a for a in dealing.coefficients], "x": "%x" % dealing.x, "v": wide(dealing.v).hex(),
        "holders": [{"holder": holder, "share": wide(s).hex(), "verification": wide(v).hex()}
                    for holder, s, v in zip(HOLDERS, dealing.shares, dealing.verifications)],
        "context": {"group": GROUP, "interval": INTERVAL, "keyId": key_id.hex(), "rollVersion": ROLL_VERSION, "part": PART,
                    "contributors": METERS, "contributorsHash": contributors.hex()},
        "product": wide(product).hex(), "opened": "%x" % opened, "totals": layout.slots(opened), "nonceBits": dealing.nonce_bits,
        "partials": [{"nonce": nonce.hex(), "value": wide(value).hex(), "e": I(e, 32).hex(), "z": "%x" % z,
                      "bytes": dealing.encode(value, e, z).hex()} for value, e, z, nonce in partials],
    })
    for index in (1, 3):
        trustee = HOLDERS[index]
        subject = [GROUP, INTERVAL, key_id, ROLL_VERSION, PART, trustee]
        sealed = hpke_seal(SEALERS["provider"].public, Sealer("ephemeral of " + trustee), b"choir/v1/share", cbor(subject),
                           dealing.encode(*partials[index][:3]))
        message("share", {"group": GROUP, "interval": INTERVAL, "keyId": key_id.hex(), "rollVersion": ROLL_VERSION, "part": PART,
                          "trustee": trustee, "answer": {"status": "share", "sealed": sealed.hex()}},
                cbor([*subject, "share", sealed]), SIGNERS[trustee], bits=bits)

    for holder, s in zip(HOLDERS, dealing.shares):
        sealed = hpke_seal(SEALERS[holder].public, Sealer("dealer's for " + holder), b"choir/v1/key-share", cbor([key_id, holder]), wide(s))
        message("key share file", {"keyId": key_id.hex(), "holder": holder, "sealed": sealed.hex()}, cbor([key_id, holder, sealed]), bits=bits)

REFUSALS = ["field_wrong", "signature_wrong", "member_unknown", "key_unknown", "roll_unknown", "proof_wrong", "ciphertext_out_of_range",
            "interval_in_future", "interval_closed", "sealed_twice", "rho_repeated", "group_too_small", "block_unknown",
            "block_counted_twice", "block_not_whole", "product_wrong", "nothing_to_open"]
for i, reason in enumerate(REFUSALS):
    leave_out = [["b1"], [], ["b1", "b2"]][i % 3]
    message("share", {"group": GROUP, "interval": INTERVAL, "keyId": key_id.hex(), "rollVersion": ROLL_VERSION, "part": 0,
                      "trustee": "trustee-2", "answer": {"status": "refused", "reason": reason, "leaveOut": leave_out}},
            cbor([GROUP, INTERVAL, key_id, ROLL_VERSION, 0, "trustee-2", "refused", reason, leave_out]), SIGNERS["trustee-2"], bits=512)

BLOCKS = [["b1", [["seat-2", "meter-1", SIGNERS["meter-1"].public], ["seat-1", "meter-2", SIGNERS["meter-2"].public]]],
          ["b2", [["seat-4", "M", SIGNERS["M"].public], ["seat-5"]]]]
roll = cbor([ROLL_VERSION, FIRST, [[GROUP, "paillier", AGGREGATOR.public, None, ["b1", "b2"]]], BLOCKS, []])
envelope = ROOT.envelope("roll", roll)
for trustees in (["trustee-2", "trustee-3"], ["trustee-1", "trustee-2", "trustee-3"], []):
    message("countersigned roll", {"file": envelope.hex(), "trustees": trustees},
            countersigned("roll", envelope, roll, {name: SIGNERS[name] for name in trustees}))

# the aggregate that the shares of the 2048-bit key are of, with its evidence
envelopes = sorted(
    SIGNERS[one["meter"]].envelope("reading", cbor([one["meter"], one["interval"], key_id, *(bytes.fromhex(one[part]) for part in ("ciphertext", "commitment", "z1", "z2"))]))
    for one in readings
)
evidence = cbor(envelopes)
aggregate = cbor([GROUP, INTERVAL, key_id, ROLL_VERSION, PART, ["b1", "b2"], [], wide(product), sha256(evidence)])
for content in (AGGREGATOR.envelope("aggregate", aggregate), envelopes), (AGGREGATOR.envelope("aggregate", b"\x80"), []):
    message("testimony", {"aggregate": content[0].hex(), "envelopes": hexed(content[1])}, cbor(list(content)), bits=2048)

for interval, utc in ((INTERVAL, INTERVAL * 900_000), (INTERVAL, INTERVAL * 900_000 + 899_999), (0, 0)):
    message("beacon", {"group": GROUP, "interval": interval, "keyId": key_id.hex(), "utcMs": utc},
            cbor([GROUP, interval, key_id, utc]), AGGREGATOR)

write("shared-wire.json", {
    "seeds": {name: {"seed": s.seed.hex(), "public": s.public.hex()} for name, s in {"root": ROOT, "aggregator": AGGREGATOR, **SIGNERS}.items()},
    "sealing": {name: {"secret": s.secret.hex(), "public": s.public.hex()} for name, s in SEALERS.items()},
    "messages": wire,
})
