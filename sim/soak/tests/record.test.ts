/** The verdict of a soak: a sound record holds, and each way of losing something is seen by the check that is there for it. */
import { describe, expect, test } from "@jest/globals";
import { checksOf, driftOf, type SoakRecord } from "../record.ts";
import { countUntil } from "../soak.ts";
import { checkTable } from "../table.ts";

const sound: SoakRecord = {
  hours: 24,
  intervalMs: 900_000,
  channels: [{ obis: "1-0:1.8.0", fed: 4794, register: 4794, openedMilliwattHours: 4_794_000 }],
  opened: Array.from({ length: 99 }, (_, i) => 1_994_000 + i),
  refused: 0,
  boundaries: [
    {
      interval: 1_994_000,
      obis: "1-0:1.8.0",
      openedMilliwattHours: 0,
      leastMilliwattHours: 0,
      mostMilliwattHours: 1000,
    },
  ],
  diagnostics: {
    uptimeSeconds: 90_000,
    boots: 1,
    clockQuality: "synced",
    poolLevel: 2,
    poolMisses: 0,
    outboxDepth: 0,
    outboxDropped: 0,
    rejectedReadings: 1,
  },
  rejections: ["boundary_unobserved, interval 1993999"],
  mostWaiting: 1,
  live: Array.from({ length: 99 }, (_, i) => ({ x: i / 96, y: 300_000 + 100 * Math.sin(i * 2.7) })),
  faults: [],
};
const failed = (changes: Partial<SoakRecord>): readonly string[] =>
  checksOf({ ...sound, ...changes })
    .filter(({ holds }) => !holds)
    .map(({ name }) => name);
const channel = (changes: object) => ({ channels: sound.channels.map((one) => ({ ...one, ...changes })) });
const meter = (changes: object) => ({ diagnostics: { ...sound.diagnostics, ...changes } });

describe("a verdict", () => {
  test("holds for a sound record", () => expect(failed({})).toEqual([]));

  test.each([
    ["a lost pulse", channel({ register: 4793, openedMilliwattHours: 4_793_000 }), "register, pulses fed"],
    ["a pulse counted twice", channel({ register: 4795, openedMilliwattHours: 4_795_000 }), "register, pulses fed"],
    ["a reading short of a mWh", channel({ openedMilliwattHours: 4_793_999 }), "sum of readings"],
    ["a missing interval", { opened: sound.opened.filter((_, i) => i !== 40) }, "each interval once"],
    ["an interval twice", { opened: [...sound.opened.slice(1), sound.opened[5] ?? 0] }, "each interval once"],
    ["a reading refused", { refused: 1 }, "each interval once"],
    ["too few readings", { opened: sound.opened.slice(4) }, "each interval once"],
    ["no reading at all", { opened: [] }, "each interval once"],
    [
      "energy in the interval beside its own",
      { boundaries: sound.boundaries.map((one) => ({ ...one, openedMilliwattHours: 2000 })) },
      "boundaries",
    ],
    ["a reading that waits", meter({ outboxDepth: 1 }), "outbox at the end"],
    ["a reading dropped", meter({ outboxDropped: 1 }), "outbox at the end"],
    ["a dry pool", meter({ poolMisses: 1 }), "pool entries made on the spot"],
    ["an interval without a reading", meter({ rejectedReadings: 2 }), "intervals without a reading"],
    ["a second boot", meter({ boots: 2 }), "boots"],
    ["a growth of 2 % a day", { live: sound.live.map(({ x, y }) => ({ x, y: y + 6000 * x })) }, "drift"],
    ["a fault of the engine", { faults: ["XS abort: memory full"] }, "engine"],
  ] as const)("sees %s", (_, changes, name) => {
    const names = failed(changes);
    expect(names).toHaveLength(1);
    expect(names[0]).toContain(name);
    expect(checkTable(checksOf({ ...sound, ...changes }))).toMatch(/^NO {2}/m);
  });

  test("names the intervals that gave no reading, and why", () => {
    const rejections = [...sound.rejections, "clock_unsure, interval 1994040"];
    const checks = checksOf({ ...sound, ...meter({ rejectedReadings: 2 }), rejections });
    expect(checkTable(checks)).toContain("2; clock_unsure, interval 1994040");
  });

  test("takes no drift from what a meter takes into use in its first two hours", () => {
    const live = sound.live.map(({ x, y }) => ({ x, y: x < 2 / 24 ? y - 50_000 : y }));
    expect(failed({ live })).toEqual([]);
    expect(driftOf({ live })?.points).toBe(91);
  });

  test("says nothing of drift below 24 samples", () => {
    const live = sound.live.slice(0, 31).map(({ x, y }) => ({ x, y: y + 1e6 * x }));
    expect(driftOf({ live })).toBeUndefined();
    expect(failed({ live })).toEqual([]);
  });
});

test("pulses until a moment are counted with the one at that moment", () => {
  const moments = [0, 10, 10, 20];
  expect([-1, 0, 9, 10, 19, 20, 99].map((at) => countUntil(moments, at))).toEqual([0, 1, 1, 3, 3, 4, 4]);
});
