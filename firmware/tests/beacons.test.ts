/** The clock beacon: what moves the clock makes no reading and burns nothing, and what a replayed beacon can do. */

import { beforeAll, describe, expect, test } from "@jest/globals";
import { uint64Value } from "../../core/bytes.ts";
import { topics } from "../../core/wire/topics.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { Machine, type MachineParts } from "./machine.ts";

let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

const end = (intervals: number): number => DAY_MS + intervals * LENGTH_MS;
const OUT_OF_HEARING = { beacons: [] } as const;
const started = (parts: Partial<MachineParts> = {}): Machine => {
  const machine = new Machine({ deployment, ...parts });
  machine.start();
  return machine;
};
const burnt = ({ store }: Machine): number | undefined => {
  const kept = store.get("burnt");
  return kept === undefined ? undefined : uint64Value(kept) - FIRST;
};
const hear = (machine: Machine, utcMs: number, group: "g1" | "g2" = "g1", changes = {}): void =>
  machine.uplink.deliver(topics.beacon(group), deployment.beacon(group, utcMs, changes));

describe("a meter whose clock is set to 2040", () => {
  const ahead = Date.UTC(2040, 0, 1) - DAY_MS;

  test("seals nothing, burns nothing, drops nothing that waits, and says why", async () => {
    const machine = started();
    await machine.time.runTo(end(2) + 1000);
    const waiting = machine.store.keys("o/");
    expect([waiting.length, burnt(machine)]).toEqual([2, 1]);
    machine.offsetMs = ahead;
    await machine.time.runTo(end(5) + 1000);
    expect([machine.store.keys("o/"), burnt(machine)]).toEqual([waiting, 1]);
    const codes = machine.events().map(({ code }) => code);
    expect(codes).toContain("beacon_disagrees");
    expect(codes).not.toContain("outbox_dropped");
    machine.offsetMs = 0;
    await machine.time.runTo(end(8) + LENGTH_MS / 8);
    expect(burnt(machine)).toBe(7);
  });

  test("from its start on seals nothing until it is right, and then nothing of what it closed before", async () => {
    const machine = new Machine({ deployment });
    machine.offsetMs = ahead;
    machine.start();
    await machine.time.runTo(end(2) + 1000);
    machine.offsetMs = 0;
    await machine.time.runTo(end(5) + LENGTH_MS / 8);
    const sealed = machine.store.keys("o/").map((key) => Number.parseInt(key.slice(2), 36) - FIRST);
    expect(sealed.sort()).toEqual([3, 4]);
  });
});

describe("a meter that hears no beacon", () => {
  test("seals nothing, and says so of each interval that none came for in time", async () => {
    const machine = started(OUT_OF_HEARING);
    await machine.time.runTo(end(3) + 1000);
    expect(machine.store.keys("o/")).toEqual([]);
    expect(machine.rejections()).toEqual([`beacon_missing ${FIRST}`, `beacon_missing ${FIRST + 1}`]);
    hear(machine, end(3) + 1000);
    await machine.time.runTo(end(3) + 120_000);
    expect(burnt(machine)).toBe(2);
  });

  test("goes on for a week from the last one, by its own monotonic clock, and no longer", async () => {
    const week = 7 * 96;
    const machine = started({ ...OUT_OF_HEARING, settings: { statusMs: 86_000_000, outboxCapacity: 2000 } });
    hear(machine, DAY_MS);
    await machine.time.runTo(end(week + 2));
    expect(burnt(machine)).toBe(week - 1);
    expect(machine.rejections().filter((text) => text.startsWith("beacon_missing"))).toEqual([
      `beacon_missing ${FIRST + week}`,
    ]);
  });
});

describe("a beacon", () => {
  const sealsAfter = async (hearing: (machine: Machine) => void): Promise<boolean> => {
    const machine = started(OUT_OF_HEARING);
    await machine.time.runTo(DAY_MS + 60_000);
    hearing(machine);
    await machine.time.runTo(end(1) + 1000);
    return burnt(machine) === 0;
  };
  const now = DAY_MS + 60_000;

  test("confirms a clock within a quarter interval, from any group's aggregator", async () => {
    for (const differenceMs of [0, LENGTH_MS / 4 - 61_000, 61_000 - LENGTH_MS / 4]) {
      expect(await sealsAfter((machine) => hear(machine, now + differenceMs))).toBe(true);
      expect(await sealsAfter((machine) => hear(machine, now + differenceMs, "g2"))).toBe(true);
    }
    for (const differenceMs of [LENGTH_MS / 4 + 1000, -LENGTH_MS / 4 - 1000]) {
      expect(await sealsAfter((machine) => hear(machine, now + differenceMs))).toBe(false);
    }
  });

  test("of one aggregator whose clock is wrong does not stop a meter that another one confirms", async () => {
    const both = (machine: Machine): void => {
      hear(machine, now + LENGTH_MS, "g2");
      hear(machine, now, "g1");
    };
    expect(await sealsAfter(both)).toBe(true);
  });

  test("counts only from the group's own aggregator, for the key in force, on its own topic", async () => {
    const others: readonly ((machine: Machine) => void)[] = [
      (machine) => machine.uplink.deliver(topics.beacon("g1"), deployment.beacon("g2", now, { group: "g1" })),
      (machine) => machine.uplink.deliver(topics.beacon("g1"), deployment.beacon("g2", now)),
      (machine) => hear(machine, now, "g1", { keyId: new Uint8Array(16) }),
      (machine) => machine.uplink.deliver(topics.beacon("g1"), deployment.beacon("g1", now).slice(0, -1)),
    ];
    for (const other of others) expect(await sealsAfter(other)).toBe(false);
  });

  test("from before the last one, or from before what was sealed, changes nothing, also after a restart", async () => {
    const machine = started();
    await machine.time.runTo(end(3) + 1000);
    const next = machine.after(1000, { deployment, ...OUT_OF_HEARING });
    // clock and beacon of two intervals ago, held back by whoever has the broker and the time source
    next.offsetMs = -2 * LENGTH_MS;
    next.start();
    hear(next, end(1) + 2000);
    await next.time.runTo(end(6));
    expect(burnt(next)).toBe(2);
  });
});
