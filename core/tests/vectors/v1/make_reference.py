"""Known answers for protocol version 1, from the formulas of docs/PROTOCOL.md (Debian: python3-gmpy2, python3-cryptography).

Usage: python3 core/tests/vectors/v1/make_reference.py && npx biome format --write core/tests/vectors
"""

from gmpy2 import mpz

from reference import I, Key, Layout, O, Signer, cbor, seal, sha256, write

CHANNELS = [["1-0:1.8.0", 25_000_000], ["1-0:2.8.0", 25_000_000]]
LARGEST_GROUP, K_MIN, INTERVAL_SECONDS = 48, 2, 900
FIRST, LAST = 1_980_000, 2_015_040
ROOT, PROVIDER, AGGREGATOR = Signer("root"), Signer("provider"), Signer("aggregator")
METERS = ["meter-1", "meter-2", "M", "a-name_of-just-the-most-letters-"]
SIGNERS = {name: Signer(name) for name in METERS + ["rod"]}
layout = Layout(CHANNELS, LARGEST_GROUP)
wire, sealed_by_bits = [], {}


def message(kind, fields, payload, signer=None, **more):
    one = {"type": kind, "fields": fields, "payload": payload.hex(), **more}
    if signer:
        one |= {"signer": signer.public.hex(), "envelope": signer.envelope(kind, payload).hex()}
    wire.append(one)
    return payload


for bits in (512, 2048, 3072):
    key = Key(bits)
    table = key.table()
    version = bits // 1024
    payload = message(
        "key",
        {"version": version, "custody": "provider", "n": I(key.n, key.k).hex(), "seed": key.seed.hex(),
         "base": I(key.hs, 2 * key.k).hex(), "tableHash": sha256(b"".join(table)).hex(), "intervalSeconds": INTERVAL_SECONDS,
         "channels": CHANNELS, "largestGroup": LARGEST_GROUP, "slotBits": layout.widths, "kMin": K_MIN,
         "firstInterval": FIRST, "lastInterval": LAST, "providerKey": PROVIDER.public.hex()},
        cbor([version, "provider", I(key.n, key.k), key.seed, I(key.hs, 2 * key.k), sha256(b"".join(table)), INTERVAL_SECONDS,
              CHANNELS, LARGEST_GROUP, layout.widths, K_MIN, FIRST, LAST, PROVIDER.public]),
        ROOT, bits=bits,
    )
    key_id = sha256(payload)[:16]
    values = [(0, 0), (25_000_000, 25_000_000), (1_234_567, 89), (16_777_216, 1)]
    readings = [seal(key, key_id, layout, m, FIRST + 7, v) for m, v in zip(METERS, values)]
    for one in readings:
        parts = [bytes.fromhex(one[part]) for part in ("ciphertext", "commitment", "z1", "z2")]
        fields = {name: one[name] for name in ("meter", "interval", "ciphertext", "commitment", "z1", "z2")}
        message("reading", {**fields, "keyId": key_id.hex()}, cbor([one["meter"], one["interval"], key_id, *parts]),
                SIGNERS[one["meter"]], bits=bits)
    product = mpz(1)
    for one in readings:
        product = product * O(bytes.fromhex(one["ciphertext"])) % key.n2
    opened = key.open(product)
    write("paillier-%d.json" % bits, {
        "comment": "A test key: its factors are public. Never use it for readings.",
        "bits": bits, "p": "%x" % key.p, "q": "%x" % key.q, "n": "%x" % key.n, "seed": key.seed.hex(),
        "x": "%x" % key.x, "h": "%x" % key.h, "base": I(key.hs, 2 * key.k).hex(),
        "comb": {"spacing": key.spacing, "bytes": sum(map(len, table)), "sha256": sha256(b"".join(table)).hex(),
                 "entries": {str(i): table[i].hex() for i in (0, 1, 128, 255, 256)}},
        "channels": CHANNELS, "largestGroup": LARGEST_GROUP, "plaintextBits": layout.bits, "keyId": key_id.hex(),
        "readings": readings, "product": I(product, 2 * key.k).hex(), "opened": "%x" % opened, "totals": layout.slots(opened),
    })
    sealed_by_bits[bits] = key, key_id, product

key, key_id, product = sealed_by_bits[2048]
GROUPS = [["east", "paillier", AGGREGATOR.public, "rod", ["b1", "b2"]], ["west-1", "paillier", AGGREGATOR.public, None, ["b2"]]]
BLOCKS = [
    ["b1", [["seat-2", "meter-1", SIGNERS["meter-1"].public], ["seat-1", "meter-2", SIGNERS["meter-2"].public], ["seat-3"]]],
    ["b2", [["seat-4", "M", SIGNERS["M"].public], ["seat-5", METERS[3], SIGNERS[METERS[3]].public]]],
]
FEEDERS = [["rod", SIGNERS["rod"].public]]


def hexed(value):
    if isinstance(value, bytes):
        return value.hex()
    return [hexed(item) for item in value] if isinstance(value, list) else value


message("roll", {"version": 3, "firstInterval": FIRST, "groups": hexed(GROUPS), "blocks": hexed(BLOCKS), "feeders": hexed(FEEDERS)},
        cbor([3, FIRST, GROUPS, BLOCKS, FEEDERS]), ROOT)
message("roll", {"version": 2**53 - 1, "firstInterval": 0, "groups": [], "blocks": [], "feeders": []},
        cbor([2**53 - 1, 0, [], [], []]), ROOT)
for energies in ([0, 0], [98_765_432_101, 2**53 - 1]):
    message("feeder", {"feeder": "rod", "interval": FIRST + 7, "keyId": key_id.hex(), "energyMilliwattHours": energies},
            cbor(["rod", FIRST + 7, key_id, energies]), SIGNERS["rod"])

everyone = [bytes.fromhex(one["envelope"]) for one in wire if one["type"] == "reading" and one["bits"] == 2048]
evidence = message("evidence", {"envelopes": [e.hex() for e in sorted(everyone)]}, cbor(sorted(everyone)))
nothing = message("evidence", {"envelopes": []}, cbor([]))
for part, blocks, left_out, total, proof in (
    (0, ["b1", "b2"], [], I(product, 2 * key.k), evidence),
    (0, [], [["b1", "missing", ["meter-1", "meter-2"]], ["b2", "proof", ["M"]]], None, nothing),
    (1, ["b2"], [["b1", "sealed_twice", ["meter-2"]], ["b3", "rho_repeated", []]], I(1, 2 * key.k), nothing),
):
    message("aggregate", {"group": "east", "interval": FIRST + 7, "keyId": key_id.hex(), "rollVersion": 3, "part": part, "blocks": blocks,
                          "leftOut": left_out, "product": total and total.hex(), "evidenceHash": sha256(proof).hex()},
            cbor(["east", FIRST + 7, key_id, 3, part, blocks, left_out, total, sha256(proof)]), AGGREGATOR, bits=2048)
for part, status, blocks in ((0, "opened", ["b1", "b2"]), (1, "refused", [])):
    message("receipt", {"group": "east", "interval": FIRST + 7, "keyId": key_id.hex(), "part": part, "status": status, "blocks": blocks},
            cbor(["east", FIRST + 7, key_id, part, status, blocks]), PROVIDER)

message("status", {"meter": "meter-1", "state": "lost"}, cbor(["meter-1", "lost"]))
NAMES = ["uptimeSeconds", "boots", "clockQuality", "poolLevel", "poolMisses", "outboxDepth", "outboxDropped", "rejectedReadings"]
for quality in ("unset", "holdover", "synced"):
    numbers = [86_400, 3, quality, 96, 0, 255, 65_536, 23]
    message("status", {"meter": "meter-1", "state": "online", "diagnostics": dict(zip(NAMES, numbers))}, cbor(["meter-1", "online", *numbers]))
CODES = ["reading_negative", "reading_over_range", "boundary_unobserved", "clock_unsure", "key_not_in_force", "booted",
         "clock_stepped", "pool_ran_dry", "outbox_dropped", "register_restored_from_older_slot", "config_refused"]
# whole numbers on both sides of each length of a head
WHOLE = [None, 0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**53 - 1]
for code, interval in zip(CODES, WHOLE):
    message("event", {"meter": "M", "code": code, "interval": interval}, cbor(["M", code, interval]))

# Configuration (section 5): the key file of 512 bits and the roll within, certificates that are a SEQUENCE of fixed bytes

def certificate(length):
    """DER of `length` bytes."""
    for form, width in ((b"", 1), (b"\x81", 1), (b"\x82", 2)):
        size = length - 1 - len(form) - width
        if size < (128 if form == b"" else 256**width):
            return b"\x30" + form + I(size, width) + fixed_bytes("certificate %d" % length, size)


KEY_FILE, ROLL = (next(bytes.fromhex(one["envelope"]) for one in wire if one["type"] == kind) for kind in ("key", "roll"))
PULSE = ["pulsesPerKilowattHour", "minHighMicros", "minLowMicros"]
CLAMP = ["microAmperesPerCount", "nominalMilliVolts", "noiseFloorMilliAmperes", "powerFactorPerMille", "samplesPerSecond"]
METERING = ["checkpointMs", "checkpointPulses", "poolTarget", "outboxCapacity", "boundaryToleranceMs", "statusMs"]
for version, meter, role, metering, broker, wifi, servers, sensors in (
    (7, "meter-1", "home", [60_000, 100, 2, 672, 5_000, 3_600_000],
     ["broker.example", 8883, [certificate(length) for length in (129, 131, 258, 260)], "meter-1", "p\u00e4ssword"],
     ["Zwölf Häuser", "correct horse battery"], ["time.example", "192.0.2.1"],
     [["1-0:1.8.0", "pulse", 0, [1000, 10_000, 10_000]], ["1-0:2.8.0", "clamp", 15, [69_054, 230_000, 50, 1000, 4000]]]),
    (2**53 - 1, "rod", "feeder", [86_400_000, 2**53 - 1, 1_000, 10_000, 1, 1],
     ["192.0.2.255", 1, None, None, None], None, [], [["1-0:1.8.0", "clamp", 0, [10_000_000, 1_000, 0, 1, 100_000]]]),
    (0, "M", "home", [1, 1, 1, 1, 1, 1], ["b", 65_535, [certificate(64), certificate(4096)], "u", None],
     ["x" * 32, None], ["a.b.c.d"] * 4, [["1-0:%d.8.0" % i, "pulse", i, [1_000_000, 1, 10_000_000]] for i in range(1, 9)]),
):
    message(
        "configuration",
        {"version": version, "meter": meter, "role": role, "rootKey": ROOT.public.hex(), "keyFile": KEY_FILE.hex(), "roll": ROLL.hex(),
         "metering": dict(zip(METERING, metering)), "broker": dict(zip(["host", "port", "authorities", "user", "password"], hexed(broker))),
         "wifi": wifi and dict(zip(["ssid", "password"], wifi)), "timeServers": servers,
         "sensors": [{"kind": kind, "obis": obis, "input": at, **dict(zip(PULSE if kind == "pulse" else CLAMP, numbers))}
                     for obis, kind, at, numbers in sensors]},
        cbor([version, meter, role, ROOT.public, KEY_FILE, ROLL, metering, broker, wifi, servers, sensors]),
        ROOT,
    )
write("wire.json", {
    "seeds": {name: {"seed": s.seed.hex(), "public": s.public.hex()}
              for name, s in {"root": ROOT, "provider": PROVIDER, "aggregator": AGGREGATOR, **SIGNERS}.items()},
    "messages": wire,
})

packing = []
for channels, largest in (
    ([["1-0:1.8.0", 1]], 1),
    ([["1-0:1.8.0", 2**53 - 1]], 2),
    (CHANNELS, 24), (CHANNELS, 32), (CHANNELS, 33),
    ([["%d-0:%d.8.0" % (i, i), 10**i] for i in range(1, 9)], 2**20),
):
    plan, most = Layout(channels, largest), [maximum for _, maximum in channels]
    some = [maximum // 3 for maximum in most]
    total = largest * plan.pack(most)
    assert plan.slots(total) == [largest] + [largest * maximum for maximum in most]
    packing.append({
        "channels": channels, "largestGroup": largest, "bits": plan.bits, "slotBits": plan.widths,
        "readings": [{"values": v, "plaintext": "%x" % plan.pack(v)} for v in ([0] * len(most), some, most)],
        "fullest": {"plaintext": "%x" % total, "sums": [str(largest * maximum) for maximum in most]},
        "refused": [{"plaintext": "%x" % (total | 1 << o + w - 1), "code": "guard_bits_set"} for o, w in zip(plan.offsets, plan.widths)]
        + [{"plaintext": "%x" % (total + 2**plan.bits), "code": "guard_bits_set"}, {"plaintext": "%x" % (total - 1), "code": "count_wrong"}],
    })
write("packing.json", packing)
