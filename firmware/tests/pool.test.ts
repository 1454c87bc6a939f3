/** The pool: slices that end when they are told to, a dry pool, and entropy that is not there. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { hasCode } from "../../core/errors.ts";
import { entryShape } from "../../core/paillier/pool-entry.ts";
import { bigIntRing, type Residue, type Ring } from "../../core/paillier/ring.ts";
import { Pool } from "../pool.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { HashEntropy, KeptLog } from "./doubles.ts";
import { Machine } from "./machine.ts";
import { VirtualTime } from "./virtual-time.ts";

let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

/** A ring that counts its products. */
function countingRing(n: bigint): { readonly ring: Ring<Residue>; products: number } {
  const ring = bigIntRing(n);
  const counted = {
    products: 0,
    ring: {
      ...ring,
      multiply: (a, b) => {
        counted.products++;
        return ring.multiply(a, b);
      },
      square: (a) => {
        counted.products++;
        return ring.square(a);
      },
    } satisfies Ring<Residue>,
  };
  return counted;
}

function make(target: number) {
  const { key, layout } = deployment.opened;
  const time = new VirtualTime(0);
  const counted = countingRing(key.n);
  const entropy = new HashEntropy("pool");
  const shape = entryShape(key.bits, layout.bits);
  const parts = { ring: counted.ring, table: deployment.table, shape, entropy, scheduler: time, log: new KeptLog() };
  return { time, counted, entropy, parts, pool: () => new Pool(parts, target) };
}

describe("the pool", () => {
  test("fills to its target in idle time, and after each take again", async () => {
    const { time, pool } = make(3);
    const one = pool();
    expect(one.level).toBe(0);
    await time.runTo(1);
    expect(one.level).toBe(3);
    const [first, second] = [one.take(), one.take()];
    expect(first).not.toEqual(second);
    expect(one.level).toBe(1);
    await time.runTo(2);
    expect([one.level, one.misses]).toEqual([3, 0]);
  });

  test("goes on after its time is up with one column at most: a square and a product", async () => {
    const { time, counted, pool, parts } = make(2);
    const over: number[] = [];
    let slices = 0;
    parts.scheduler = Object.assign(Object.create(time), {
      after: time.after.bind(time),
      idle: (task: (timeIsUp: () => boolean) => boolean) => {
        time.idle(() => {
          // each slice has another length, so it ends at every kind of step
          const most = slices++ % 7;
          const before = counted.products;
          let upAt: number | undefined;
          const more = task(() => {
            if (counted.products - before < most) return false;
            upAt ??= counted.products;
            return true;
          });
          if (upAt !== undefined) over.push(counted.products - upAt);
          return more;
        });
      },
    });
    const one = pool();
    await time.runTo(1);
    expect(one.level).toBe(2);
    expect(slices).toBeGreaterThan(20);
    expect(Math.max(...over)).toBeLessThanOrEqual(1);
  });

  test("makes one entry on the spot when it is dry, and counts that", () => {
    const { pool } = make(2);
    const one = pool();
    expect(() => one.take()).toThrow(/pool_entry_spent/);
    expect(one.prepare()).toBe(true);
    expect(one.prepare()).toBe(false);
    expect(one.take().some((byte) => byte !== 0)).toBe(true);
    expect(one.misses).toBe(1);
  });

  test("makes nothing while the entropy is unseeded, and fills once it is", async () => {
    const { time, entropy, pool } = make(2);
    entropy.seeded = false;
    const one = pool();
    await time.runTo(5000);
    expect(one.level).toBe(0);
    let caught: unknown;
    try {
      one.prepare();
    } catch (error) {
      caught = error;
    }
    expect(hasCode(caught, "entropy_unseeded")).toBe(true);
    entropy.seeded = true;
    await time.runTo(7000);
    expect(one.level).toBe(2);
  });

  test("zeroes what it holds when it stops", async () => {
    const { time, pool } = make(2);
    const one = pool();
    await time.runTo(1);
    one.stop();
    await time.runTo(2);
    expect(one.level).toBe(0);
  });
});

describe("a meter whose pool is", () => {
  test("dry seals all the same, says so by name, and never repeats an entry", async () => {
    const machine = new Machine({ deployment });
    machine.time.slicesInPause = 0;
    const meter = machine.start();
    await machine.time.runTo(DAY_MS + 3 * LENGTH_MS + LENGTH_MS / 8);
    expect(machine.rejections()).toEqual([0, 1, 2].map((i) => `pool_ran_dry ${FIRST + i}`));
    expect(meter.diagnostics()).toMatchObject({ poolLevel: 0, poolMisses: 3 });
    const halves = machine.readings().map((message) => Buffer.from(message).toString("hex"));
    expect(new Set(halves).size).toBe(3);
    for (const message of machine.readings()) deployment.open(message, meter.publicKey);
  });

  test("without entropy sends nothing, burns nothing, and seals the waiting interval when the seed comes", async () => {
    const machine = new Machine({ deployment });
    machine.entropy.seeded = false;
    const meter = machine.start();
    await machine.time.runTo(DAY_MS + LENGTH_MS + 120_000);
    expect(machine.store.get("burnt")).toBeUndefined();
    expect(machine.readings()).toEqual([]);
    expect(machine.rejections()).toEqual([`pool_ran_dry ${FIRST}`]);
    machine.entropy.seeded = true;
    await machine.time.runTo(DAY_MS + LENGTH_MS + 400_000);
    expect(machine.readings().map((message) => deployment.open(message, meter.publicKey).interval)).toEqual([FIRST]);
  });
});
