/** The intake's refusals: each has its code, is counted, and changes nothing in the ledger. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { concatBytes } from "../../../core/bytes.ts";
import type { ErrorCode } from "../../../core/errors.ts";
import { integerToBytes } from "../../../core/integers.ts";
import { sealEnvelope } from "../../../core/wire/envelope.ts";
import { encodeReading, type SealedReading } from "../../../core/wire/reading.ts";
import { topics } from "../../../core/wire/topics.ts";
import { deliveryKey } from "../../service/delivery.ts";
import { Identity, Town } from "../../service/tests/town.ts";
import { KEPT_MS } from "../../service/windows.ts";
import { Gate } from "../gate.ts";
import { Workshop } from "./workshop.ts";

const INTERVAL = 20_000;
const METER = "g0-b0-m0";
const TOPIC = topics.reading("g0", METER);
const town = new Town({ firstInterval: 9_000, lastInterval: 30_000, intervalMs: 900_000 });
let shop: Workshop;

beforeEach(async () => {
  shop = new Workshop(town);
  await shop.start(town.after(INTERVAL, 1));
});

afterEach(() => shop.end());

const reading = (change: Partial<SealedReading> = {}, interval = INTERVAL): SealedReading => ({
  ...town.sealed(METER, interval, [1, 0]),
  ...change,
});
const signed = (change: Partial<SealedReading> = {}, interval = INTERVAL): Uint8Array =>
  town.message(reading(change, interval), town.meters.get(METER)?.signer);

const { n, bytes, nSquared } = town.keyFile.key;
const cipher = (value: bigint): Uint8Array => integerToBytes(value, 2 * bytes);

interface Refusal {
  readonly what: string;
  readonly code: ErrorCode;
  readonly message: () => Uint8Array;
  readonly topic?: string;
}

const refusals: readonly Refusal[] = [
  { what: "a topic of another kind", code: "field_wrong", message: signed, topic: topics.feeder("g0") },
  { what: "a topic of another group", code: "field_wrong", message: signed, topic: topics.reading("g1", METER) },
  {
    what: "a topic of no version that is known",
    code: "version_unknown",
    message: signed,
    topic: "choir/v2/g/g0/reading/a",
  },
  { what: "nothing", code: "type_wrong", message: () => new Uint8Array(0) },
  { what: "bytes that are no CBOR", code: "cbor_malformed", message: () => Uint8Array.of(0xd2, 0xff) },
  { what: "a byte too many", code: "bytes_left_over", message: () => concatBytes(signed(), Uint8Array.of(0)) },
  {
    what: "another message type",
    code: "type_wrong",
    message: () => sealEnvelope("feeder", encodeReading(reading()), new Identity().signer),
  },
  { what: "a short ciphertext", code: "length_wrong", message: () => signed({ ciphertext: new Uint8Array(5) }) },
  { what: "a short z1", code: "length_wrong", message: () => signed({ z1: new Uint8Array(5) }) },
  { what: "another meter's topic", code: "field_wrong", message: signed, topic: topics.reading("g0", "g0-b0-m1") },
  {
    what: "a meter that is not of the roll",
    code: "member_unknown",
    message: () => town.message(reading({ meter: "stranger" }), new Identity().signer),
    topic: topics.reading("g0", "stranger"),
  },
  {
    what: "another signer",
    code: "signature_wrong",
    message: () => town.message(reading(), town.meters.get("g0-b0-m1")?.signer),
  },
  { what: "another key's id", code: "key_unknown", message: () => signed({ keyId: new Uint8Array(16) }) },
  { what: "an interval before the key's", code: "key_unknown", message: () => signed({}, 8_999) },
  { what: "an interval after the key's", code: "key_unknown", message: () => signed({}, 30_001) },
  { what: "an interval that has not ended", code: "interval_in_future", message: () => signed({}, INTERVAL + 1) },
  {
    what: "an interval of more than 7 days ago",
    code: "interval_closed",
    message: () => signed({}, INTERVAL - KEPT_MS / town.options.intervalMs - 1),
  },
  { what: "a ciphertext of 0", code: "ciphertext_out_of_range", message: () => signed({ ciphertext: cipher(0n) }) },
  {
    what: "a ciphertext of n^2",
    code: "ciphertext_out_of_range",
    message: () => signed({ ciphertext: cipher(nSquared) }),
  },
  { what: "a multiple of n", code: "ciphertext_out_of_range", message: () => signed({ ciphertext: cipher(3n * n) }) },
];

describe("the intake", () => {
  for (const { what, code, message, topic = TOPIC } of refusals) {
    test(`refuses ${what} as ${code}, and nothing changes`, async () => {
      const before = await shop.state(INTERVAL);
      await shop.aggregator.acceptReading(topic, message());
      expect(await shop.judged(code)).toBe(1);
      expect(await shop.state(INTERVAL)).toBe(before);
      expect(await shop.judged("accepted")).toBe(0);
    });
  }

  test("refuses an interval before the roll's as roll_unknown", async () => {
    await shop.end();
    const later = new Workshop(town);
    shop = later;
    await shop.start(town.after(INTERVAL, 1), { ...town.roll, firstInterval: INTERVAL + 1 });
    await shop.send(METER, signed());
    expect(await shop.judged("roll_unknown")).toBe(1);
  });

  test("takes an interval that ends within the tolerance of its clock, and one of 7 days ago", async () => {
    await shop.stop();
    await shop.start(town.after(INTERVAL, -225_000));
    await shop.send(METER, signed());
    await shop.send(METER, signed({}, INTERVAL - KEPT_MS / town.options.intervalMs));
    expect(await shop.judged("accepted")).toBe(2);
  });

  test("answers the same bytes again as a duplicate, and nothing changes", async () => {
    const message = signed();
    await Promise.all([shop.send(METER, message), shop.send(METER, message)]);
    const before = await shop.state(INTERVAL);
    await shop.send(METER, message);
    expect([await shop.judged("accepted"), await shop.judged("duplicate")]).toEqual([1, 2]);
    expect(await shop.state(INTERVAL)).toBe(before);
  });

  test("raises sealed_twice for a second sealing and leaves the block out; the first reading stays", async () => {
    await shop.report(INTERVAL, 1);
    await shop.send(METER, signed());
    expect([await shop.judged("sealed_twice"), await shop.alarms("sealed_twice")]).toEqual([1, 1]);
    const { count, marks } = shop.ledger.block(INTERVAL, "g0-b0");
    expect({ count, marks }).toEqual({ count: 3, marks: [{ meter: METER, reason: "sealed_twice" }] });
    expect(shop.ledger.isWhole(INTERVAL, "g0-b0")).toBe(false);
    expect(shop.ledger.isWhole(INTERVAL, "g0-b1")).toBe(true);
  });

  test("of two sealings that arrive at once takes one", async () => {
    await Promise.all([shop.send(METER, signed()), shop.send(METER, signed())]);
    expect([await shop.judged("accepted"), await shop.judged("sealed_twice")]).toEqual([1, 1]);
    expect(shop.ledger.block(INTERVAL, "g0-b0").count).toBe(1);
  });

  test("refuses a repeated rho with an alarm, names it again for the same bytes, and keeps the block out", async () => {
    const entry = town.entry();
    await shop.send(METER, town.message(town.sealed(METER, INTERVAL, [5, 0], entry.slice())));
    const other = "g0-b1-m0";
    const copy = town.message(town.sealed(other, INTERVAL, [6, 0], entry.slice()));
    await shop.send(other, copy);
    await shop.send(other, copy);
    expect([await shop.judged("rho_repeated"), await shop.alarms("rho_repeated")]).toEqual([2, 1]);
    const { count, product, marks } = shop.ledger.block(INTERVAL, "g0-b1");
    expect({ count, product, marks }).toEqual({
      count: 0,
      product: { lo: 1n, hi: 0n },
      marks: [{ meter: other, reason: "rho_repeated" }],
    });
  });

  test("remembers a rho over intervals and restarts for 30 days, and no longer", async () => {
    const entry = town.entry();
    await shop.send(METER, town.message(town.sealed(METER, INTERVAL, [5, 0], entry.slice())));
    await shop.stop();
    const perDay = 86_400_000 / town.options.intervalMs;
    const repeat = async (meter: string, interval: number): Promise<void> => {
      await shop.send(meter, town.message(town.sealed(meter, interval, [6, 0], entry.slice())));
    };
    await shop.start(town.after(INTERVAL + 30 * perDay, 1));
    await repeat(METER, INTERVAL + 30 * perDay);
    expect(await shop.judged("rho_repeated")).toBe(1);
    await shop.clock.stepTo(town.after(INTERVAL + 38 * perDay, 1));
    await repeat("g0-b0-m1", INTERVAL + 38 * perDay);
    expect(await shop.judged("accepted")).toBe(1);
  });

  test("leaves every delivery that it stored in the list of deliveries", async () => {
    const message = signed();
    await shop.send(METER, message);
    const keys: string[] = [];
    for await (const id of shop.ledger.deliveries()) keys.push(deliveryKey(id));
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe("the gate", () => {
  test("lets a bounded number through at a time, and everyone in the end, whatever fails", async () => {
    const gate = new Gate(3);
    let inside = 0;
    let most = 0;
    const visits = Array.from({ length: 20 }, (_, i) =>
      gate.pass(async () => {
        inside++;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        if (i % 4 === 0) throw new Error("a visit that fails");
        return i;
      }),
    );
    const ends = await Promise.allSettled(visits);
    expect(most).toBe(3);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(15);
    expect(await gate.pass(async () => "open")).toBe("open");
  });
});
