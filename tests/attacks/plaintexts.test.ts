/** Meters whose numbers are not what they should be (docs/THREATS.md, Meters): overflows and readings carried over. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { bytesToInteger } from "../../core/integers.ts";
import { OBIS_IMPORT } from "../../core/names.ts";
import { pack } from "../../core/paillier/packing.ts";
import { DAY_MS, FIRST, LENGTH_MS, makeDeployment } from "../../firmware/tests/deployment.ts";
import { Machine } from "../../firmware/tests/machine.ts";
import { Office } from "../../headend/provider/tests/office.ts";
import { Town } from "../../headend/service/tests/town.ts";
import { channelOf, EXPORT, homesOf, IMPORT, INTERVAL, plainSum, readingOf } from "./coalition.ts";

const BLOCK = "g0-b0";
const town = new Town({ blocksPerGroup: 1 });
const { key, layout } = town.keyFile;
let office: Office;

beforeEach(async () => {
  office = new Office(town);
  office.nowMs = town.after(INTERVAL, 15_000);
  await office.start();
});
afterEach(() => office.end());

/** A plaintext of an import of so many mWh, whatever its slot holds. */
function stuffed(importMilliwattHours: bigint): bigint {
  return 1n + (importMilliwattHours << BigInt(layout.slots[IMPORT]?.offset ?? 0));
}

test("a meter that overflows its slot is found by guard bits, count or layout; a leap over the whole slot the feeder shows alone", async () => {
  const width = BigInt(layout.slots[IMPORT]?.bits ?? 0);
  const [leap, guard] = [1n << width, 1n << (width - 1n)];
  const leaping = town.sealed("g0-b0-m0", INTERVAL, [], town.entry(), stuffed(leap));
  expect(channelOf(town, plainSum(town, [leaping.ciphertext]), EXPORT)).toBe(1);

  const honest = office.aggregate(INTERVAL, [BLOCK], [7, 0]);
  const c = bytesToInteger(honest.product ?? new Uint8Array(0));
  const more = (by: bigint) => ({ ...honest, product: office.number((c * (1n + key.n * by)) % key.nSquared) });
  const before = await office.books.balance("g0", INTERVAL);
  for (const [by, code, part] of [
    [stuffed(guard) - 1n, "guard_bits_set", 0],
    [1n << BigInt(layout.bits), "guard_bits_set", 1],
    [1n, "count_wrong", 2],
  ] as const) {
    const leftOut = part === 0 ? honest.leftOut : [];
    expect(await office.receive(office.sign({ ...more(by), part, leftOut }))).toEqual({ kind: "refused", code });
  }
  expect([await office.books.balance("g0", INTERVAL), office.lines.some(({ type }) => type === "opened")]).toEqual([
    before,
    false,
  ]);
  const tooMuch = layout.channels[IMPORT]?.maximumMilliwattHours ?? 0;
  expect(() => pack(layout, [tooMuch + 1, 0])).toThrow(expect.objectContaining({ code: "value_out_of_range" }));
});

test("a missing reading carried over into the next tells itself by the feeder: a meter carries nothing over", async () => {
  const [missed, next] = [90_000, 91_000];
  const others = homesOf(town, [BLOCK])
    .slice(1)
    .map((home) => town.reading(home, INTERVAL, 50_000, 0));
  const carrying = [town.reading("g0-b0-m0", INTERVAL, missed + next, 0), ...others];
  const sum = plainSum(
    town,
    carrying.map((message) => readingOf(town, message).ciphertext),
  );
  expect(channelOf(town, sum, IMPORT) - (next + 2 * 50_000)).toBe(missed);

  const deployment = makeDeployment();
  const pulses = (obis: string, utcMs: number): number =>
    obis === OBIS_IMPORT ? Math.floor((utcMs - DAY_MS) / 10_000) : 0;
  const machine = new Machine({ deployment, pulses });
  const { publicKey } = machine.start();
  await machine.time.runTo(DAY_MS + 1.5 * LENGTH_MS);
  const after = machine.after(LENGTH_MS, { deployment, pulses });
  after.start();
  await after.time.runTo(DAY_MS + 5 * LENGTH_MS - 1);
  const sent = [...machine.readings(), ...after.readings()].map((message) => deployment.open(message, publicKey));
  const whole = [90_000, 0];
  const byInterval = new Map(sent.map(({ interval, energies }) => [interval - FIRST, energies]));
  expect(byInterval).toEqual(
    new Map([
      [0, whole],
      [3, whole],
    ]),
  );
});
