/** New files over the config topic: what a meter takes, when it comes into force, and what it refuses. */

import { beforeAll, describe, expect, test } from "@jest/globals";
import { encodeFiles } from "../../core/wire/files.ts";
import type { Roll } from "../../core/wire/roll.ts";
import { topics } from "../../core/wire/topics.ts";
import { identityOf } from "../identity.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { Machine, type MachineParts } from "./machine.ts";

let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

const end = (intervals: number): number => DAY_MS + intervals * LENGTH_MS;
const codes = (machine: Machine): readonly string[] => machine.events().map(({ code }) => code);
const send = (machine: Machine, files: { readonly keyFile?: Uint8Array; readonly roll?: Uint8Array }): void =>
  machine.uplink.deliver(topics.config("h1"), encodeFiles({ keyFile: files.keyFile, roll: files.roll }));
const started = async (parts: Partial<MachineParts> = {}): Promise<Machine> => {
  const machine = new Machine({ deployment, ...parts });
  machine.start();
  await machine.time.runTo(end(1) + LENGTH_MS / 8);
  return machine;
};
const keyOf = ({ host }: Machine): Uint8Array => identityOf(host).publicKey;
/** The roll that comes next, with the meter's seat in it. */
const nextRoll = (machine: Machine, changes: Partial<Roll> = {}): Uint8Array =>
  deployment.roll({ home: keyOf(machine) }, { version: 2, firstInterval: FIRST + 3, ...changes });
const trusted = (machine: Machine): readonly (Uint8Array | undefined)[] =>
  ["trust", "files/now", "files/key", "files/roll"].map((key) => machine.store.get(key));

describe("a new roll", () => {
  test("waits for its first interval, over a restart too, and takes the seat away then: not before, and no longer than the roll after it", async () => {
    const machine = await started();
    send(machine, { roll: deployment.roll({}, { version: 2, firstInterval: FIRST + 3 }) });
    expect(codes(machine)).toContain("files_taken");
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    const again = machine.after(1000, { deployment });
    again.start();
    await again.time.runTo(end(4) + LENGTH_MS / 8);
    expect(again.rejections().filter((text) => text.startsWith("no_seat"))).toEqual([`no_seat ${FIRST + 3}`]);
    const seatless = again.after(1000, { deployment });
    seatless.start();
    send(seatless, { roll: nextRoll(machine, { version: 3, firstInterval: FIRST + 5 }) });
    await seatless.time.runTo(end(6) + LENGTH_MS / 8);
    // what the interval before closed with is told again after a restart
    expect(seatless.rejections().at(-1)).toBe(`no_seat ${FIRST + 4}`);
    expect(seatless.store.keys("o/")).toContain(`o/${(FIRST + 5).toString(36)}`);
    expect(seatless.store.keys("o/")).not.toContain(`o/${(FIRST + 3).toString(36)}`);
  });

  test("that comes again, from the broker's memory, changes nothing and is not told again", async () => {
    const machine = await started();
    const roll = nextRoll(machine);
    for (let times = 0; times < 3; times++) send(machine, { roll });
    await machine.time.runTo(end(4) + LENGTH_MS / 8);
    send(machine, { roll });
    expect(codes(machine).filter((code) => code === "files_taken").length).toBe(1);
    expect(codes(machine)).not.toContain("config_refused");
  });

  test("of an older version is refused, and after it came into force the one before is", async () => {
    const machine = await started();
    send(machine, { roll: nextRoll(machine, { firstInterval: FIRST + 2 }) });
    await machine.time.runTo(end(3) + LENGTH_MS / 8);
    const before = trusted(machine);
    send(machine, { roll: deployment.roll({ home: keyOf(machine) }) });
    expect(codes(machine).filter((code) => code === "config_refused").length).toBe(1);
    expect(trusted(machine)).toEqual(before);
    // the one that it was provisioned with, from a store that was put back
    const next = machine.after(1000, { deployment });
    next.store.map.delete("files/now");
    next.start();
    expect(next.log.lines).toContainEqual(expect.stringContaining("(version_not_higher)"));
  });
});

describe("what is refused as config_refused, and changes nothing:", () => {
  const impostor = (machine: Machine): Uint8Array => deployment.configuration(nextRoll(machine), {}, "impostor");
  const cases: readonly (readonly [string, (machine: Machine) => Uint8Array])[] = [
    [
      "a personal key that the root did not sign",
      () => {
        const keyFile = deployment.keyFile({ version: 2 }).slice();
        keyFile[200] = (keyFile[200] ?? 0) ^ 1;
        return encodeFiles({ keyFile, roll: undefined });
      },
    ],
    ["a configuration", (machine) => encodeFiles({ keyFile: undefined, roll: impostor(machine) })],
    ["bytes that are no files", () => Uint8Array.of(1, 2, 3)],
    [
      "a key file of another interval length",
      () => encodeFiles({ keyFile: deployment.keyFile({ version: 2, intervalMs: 60_000 }), roll: undefined }),
    ],
    [
      "another key file of the same version, in a roll's company",
      (machine) => encodeFiles({ keyFile: deployment.keyFile({ version: 0, kMin: 1 }), roll: nextRoll(machine) }),
    ],
    [
      "a roll with a block below k_min",
      (machine) =>
        encodeFiles({
          keyFile: undefined,
          roll: nextRoll(machine, {
            blocks: [
              { block: "b1", seats: [] },
              { block: "b2", seats: [] },
            ],
          }),
        }),
    ],
  ];

  test.each(cases)("%s", async (_, payload) => {
    const machine = await started();
    const before = trusted(machine);
    machine.uplink.deliver(topics.config("h1"), payload(machine));
    expect(codes(machine)).toContain("config_refused");
    expect(trusted(machine)).toEqual(before);
    await machine.time.runTo(end(2) + LENGTH_MS / 8);
    expect(machine.readings().length).toBeGreaterThan(1);
  });
});

describe("a new key", () => {
  const next = { version: 2, firstInterval: FIRST + 3 } as const;

  test("is in force from its first interval on, with a roll of its own and a fresh pool", async () => {
    const machine = await started();
    send(machine, { keyFile: deployment.keyFile(next), roll: nextRoll(machine) });
    expect(codes(machine)).not.toContain("table_missing");
    await machine.time.runTo(end(5) + LENGTH_MS / 8);
    expect(machine.rejections()).toEqual([]);
    expect(new Set(machine.store.keys("o/")).size).toBe(5);
  });

  test("whose table is not there is told when it comes, and nothing is sealed under it", async () => {
    const machine = await started();
    send(machine, {
      keyFile: deployment.keyFile({ ...next, tableHash: new Uint8Array(32) }),
      roll: nextRoll(machine),
    });
    expect(codes(machine)).toContain("table_missing");
    await machine.time.runTo(end(4) + LENGTH_MS / 8);
    expect(machine.rejections()).toEqual([`table_missing ${FIRST + 3}`]);
  });
});
