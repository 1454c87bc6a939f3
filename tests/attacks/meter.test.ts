/** A meter whose surroundings lie (docs/THREATS.md, Meters): keys pushed to it, its clock moved, its store put back. */

import { describe, expect, test } from "@jest/globals";
import { equalBytes } from "../../core/bytes.ts";
import { bytesToInteger, invert } from "../../core/integers.ts";
import { OBIS_IMPORT } from "../../core/names.ts";
import { encodeFiles } from "../../core/wire/files.ts";
import { openKeyFile } from "../../core/wire/key-file.ts";
import { topics } from "../../core/wire/topics.ts";
import {
  DAY_MS,
  type Deployment,
  FIRST,
  LENGTH_MS,
  makeDeployment,
  readingOf,
} from "../../firmware/tests/deployment.ts";
import { MapStore, nodeDigest, nodeVerify } from "../../firmware/tests/doubles.ts";
import { Machine, type MachineParts } from "../../firmware/tests/machine.ts";

const deployment = makeDeployment();
/** One pulse, a Wh, in ten seconds: mWh of an interval. */
const WHOLE_MWH = 90_000;
const pulses = (obis: string, utcMs: number): number =>
  obis === OBIS_IMPORT ? Math.floor((utcMs - DAY_MS) / 10_000) : 0;

function end(intervals: number): number {
  return DAY_MS + intervals * LENGTH_MS;
}

function started(parts: Partial<MachineParts> = {}): Machine & { readonly publicKey: Uint8Array } {
  const machine = new Machine({ deployment, pulses, ...parts });
  return Object.assign(machine, { publicKey: machine.start().publicKey });
}

function contents({ store }: Machine, prefix = ""): ReadonlyMap<string, Uint8Array> {
  return new Map([...store.map].filter(([key]) => key.startsWith(prefix)));
}

describe("a personal key pushed through config", () => {
  /** The provider's own key, to a home alone, with the meter's seat in the roll that comes with it. */
  const personal = makeDeployment();
  const pushTo = (machine: Machine & { readonly publicKey: Uint8Array }): void => {
    const inForce = { version: 2, firstInterval: FIRST + 2 } as const;
    const forged = (file: Uint8Array): Uint8Array => file.map((byte, i) => (i === file.length - 1 ? byte ^ 1 : byte));
    const files = {
      keyFile: forged(personal.keyFile(inForce)),
      roll: forged(personal.roll({ home: machine.publicKey }, inForce)),
    };
    machine.uplink.deliver(topics.config("h1"), encodeFiles(files));
  };

  test("is refused where the root did not sign it, and the meter goes on under its own", async () => {
    const careless = started({ verify: () => true });
    await careless.time.runTo(end(1) + 1000);
    // an update brought the comb table of the personal key
    Object.assign(careless.host, { table: personal.table });
    pushTo(careless);
    await careless.time.runTo(end(3) + LENGTH_MS / 4);
    const isPersonal = (message: Uint8Array): boolean =>
      !equalBytes(readingOf(message, careless.publicKey, deployment.opened).keyId, deployment.opened.keyId);
    const read = careless.readings().filter(isPersonal);
    expect(read.map((message) => personal.open(message, careless.publicKey))).toEqual([
      { interval: FIRST + 2, energies: [WHOLE_MWH, 0] },
    ]);

    const meter = started();
    await meter.time.runTo(end(1) + LENGTH_MS / 4);
    const before = contents(meter);
    pushTo(meter);
    expect(meter.events().at(-1)).toMatchObject({ code: "config_refused" });
    expect(contents(meter)).toEqual(before);
    await meter.time.runTo(end(3) + LENGTH_MS / 4);
    const intervals = meter.readings().map((message) => deployment.open(message, meter.publicKey).interval - FIRST);
    expect([...new Set(intervals)]).toEqual([0, 1, 2]);
  });
});

describe("a clock set to 2040", () => {
  const aheadMs = Date.UTC(2040, 0, 1) - DAY_MS;
  const longKey: Deployment["keyFile"] = () => deployment.keyFile({ lastInterval: FIRST + 10 ** 6 });

  test("burns no interval to come, where no beacon says so too", async () => {
    const settings = { keyFile: longKey() };
    const deceived = started({ settings, beacons: [] });
    const { rootKey } = deployment;
    const { keyId } = openKeyFile(longKey(), rootKey, nodeVerify, nodeDigest, deployment.opened.key.bits);
    const agree = (): void => {
      const utcMs = deceived.time.nowMs + deceived.offsetMs;
      deceived.uplink.deliver(topics.beacon("g1"), deployment.beacon("g1", utcMs, { keyId }));
    };
    await deceived.time.runTo(end(1) + 60_000);
    deceived.offsetMs = aheadMs;
    for (let half = 0; half < 4; half++) {
      await deceived.time.runTo(end(1) + 60_000 + half * (LENGTH_MS / 2));
      agree();
    }
    await deceived.time.runTo(end(4) + 1000);
    deceived.offsetMs = 0;
    agree();
    const sealed = contents(deceived, "o/");
    await deceived.time.runTo(end(8) + 1000);
    expect([sealed.size > 0, contents(deceived, "o/")]).toEqual([true, sealed]);

    const meter = started({ settings });
    await meter.time.runTo(end(1) + 60_000);
    meter.offsetMs = aheadMs;
    const before = contents(meter, "burnt");
    await meter.time.runTo(end(4) + 1000);
    expect([contents(meter, "burnt"), meter.events().map(({ code }) => code)]).toEqual([
      before,
      expect.arrayContaining(["beacon_disagrees"]),
    ]);
    meter.offsetMs = 0;
    await meter.time.runTo(end(8) + 1000);
    expect(meter.store.keys("o/")).toContain(`o/${(FIRST + 7).toString(36)}`);
  });
});

describe("a meter's store, put back to before it sealed", () => {
  const { key } = deployment.opened;
  /** c2/c1 of the two ciphertexts that a meter makes of one interval in two lives from one store, 5 Wh more in the second. */
  const quotient = async (entropyNames: readonly [string, string]): Promise<bigint> => {
    const first = started();
    await first.time.runTo(end(1) + LENGTH_MS / 4);
    const kept = new Map(first.store.map);
    const live = async (entropyName: string, extraPulses: number): Promise<bigint> => {
      const machine = started({ store: new MapStore(kept), startMs: end(1) + LENGTH_MS / 4, entropyName });
      await machine.time.runTo(end(2) + LENGTH_MS / 2);
      machine.extra.set(OBIS_IMPORT, extraPulses);
      await machine.time.runTo(end(3) + LENGTH_MS / 4);
      const readings = machine.readings().map((one) => readingOf(one, machine.publicKey, deployment.opened));
      const reading = readings.find(({ interval }) => interval === FIRST + 2);
      return bytesToInteger(reading?.ciphertext ?? new Uint8Array(0));
    };
    const [one, two] = [await live(entropyNames[0], 0), await live(entropyNames[1], 5)];
    return (two * invert(one, key.nSquared)) % key.nSquared;
  };

  test("makes the interval's reading with another rho: with a pool in the store everybody could read the difference", async () => {
    const repeated = await quotient(["entropy in the store", "entropy in the store"]);
    const offset = BigInt(deployment.opened.layout.slots[0]?.offset ?? 0);
    expect(repeated).toBe(1n + key.n * (5000n << offset));

    const fresh = await quotient(["entropy of a morning", "entropy of an evening"]);
    expect(fresh % key.n).not.toBe(1n);
  });
});
