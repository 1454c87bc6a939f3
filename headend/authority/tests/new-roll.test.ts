/** `choir authority roll`: from plans to a signed roll and its aggregators' configs; a plan that does not hold changes nothing. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { fromHex } from "../../../core/bytes.ts";
import { MODULUS_BITS } from "../../../core/paillier/public-key.ts";
import { openRoll, type Roll } from "../../../core/wire/roll.ts";
import { nodeVerifier } from "../../service/crypto.ts";
import { readIdentity } from "../identity.ts";
import { newDeployment } from "../new-deployment.ts";
import { newRoll } from "../new-roll.ts";
import { readPlan } from "../plan-file.ts";

const BROKER = "mqtt://127.0.0.1:1883";
const FIRST = 1_964_800;
const SEATS = "seat,meter,key,block,groups";
const FEEDERS = "feeder,key,groups";

const key = (n: number): string => n.toString(16).padStart(64, "0");
const seat = (n: number, block: string, groups: string): string => `s${n},m${n},${key(n)},${block},${groups}`;

/** Blocks of 3: b1 and b2 in north, b2 also in south. */
const PLAN = [...[4, 5, 6].map((n) => seat(n, "b2", "north south")), ...[1, 2, 3].map((n) => seat(n, "b1", "north"))];

let folder = "";
let deployment = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-roll-"));
  deployment = join(folder, "deployment");
  newDeployment(deployment, {
    keyBits: 512,
    intervalMs: 900_000,
    channels: ["1-0:1.8.0"],
    largestGroup: 7,
    kMin: 3,
    firstUtcMs: FIRST * 900_000,
    lastUtcMs: (FIRST + 96) * 900_000,
    broker: BROKER,
    demonstration: true,
  });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** Signs a roll of these seats and feeders. */
function roll(seats: readonly string[], feeders?: readonly string[], from: number = FIRST): void {
  const feedersFile = feeders && file("feeders.csv", [FEEDERS, ...feeders]);
  newRoll(deployment, readPlan(file("seats.csv", [SEATS, ...seats]), feedersFile, from), BROKER, MODULUS_BITS.tests);
}

function signed(): Roll {
  const root = fromHex(readFileSync(join(deployment, "root.pub"), "utf8").trim());
  return openRoll(new Uint8Array(readFileSync(join(deployment, "roll.cose"))), root, nodeVerifier(), {});
}

/** Every file of the deployment with its content. */
function contents(): Readonly<Record<string, string>> {
  const names = readdirSync(deployment, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => statSync(join(deployment, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(deployment, name)).toString("hex")]));
}

const bytesOf = (n: number): Uint8Array => fromHex(key(n));

describe("a roll", () => {
  test("holds the plan in ascending order, signed by the root, with each group's aggregator key", () => {
    roll(PLAN, [`f1,${key(90)},north`]);
    const { groups, blocks, feeders, version, firstInterval } = signed();
    expect([version, firstInterval]).toEqual([1, FIRST]);
    const aggregator = (group: string) => readIdentity(join(deployment, `aggregators/${group}/signing.pem`)).publicKey;
    expect(groups).toEqual([
      { group: "north", scheme: "paillier", aggregatorKey: aggregator("north"), feeder: "f1", blocks: ["b1", "b2"] },
      { group: "south", scheme: "paillier", aggregatorKey: aggregator("south"), feeder: undefined, blocks: ["b2"] },
    ]);
    const seats = (...list: readonly number[]) =>
      list.map((n) => ({ seat: `s${n}`, occupant: { meter: `m${n}`, key: bytesOf(n) } }));
    expect(blocks).toEqual([
      { block: "b1", seats: seats(1, 2, 3) },
      { block: "b2", seats: seats(4, 5, 6) },
    ]);
    expect(feeders).toEqual([{ feeder: "f1", key: bytesOf(90) }]);
  });

  test("gives each group a config and an identity that are its aggregator's alone", () => {
    roll(PLAN);
    for (const group of ["north", "south"]) {
      const path = join(deployment, "aggregators", group);
      expect(readdirSync(path).sort()).toEqual(["aggregator.json", "signing.pem"]);
      for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
      expect(JSON.parse(readFileSync(join(path, "aggregator.json"), "utf8"))).toEqual({
        party: "aggregator",
        group,
        broker: BROKER,
        rootKey: readFileSync(join(deployment, "root.pub"), "utf8").trim(),
        keyFile: "../../key.cose",
        roll: "../../roll.cose",
        signingKey: "signing.pem",
        store: "store",
      });
    }
  });

  test("has the version after the last one's, and leaves the identities and configs of groups that are there", () => {
    roll(PLAN);
    // what an operator has added to a config stays, too
    const config = join(deployment, "aggregators/north/aggregator.json");
    const entries: object = JSON.parse(readFileSync(config, "utf8"));
    writeFileSync(config, JSON.stringify({ ...entries, metrics: { port: 9100 } }));
    const { "roll.cose": _, ...before } = contents();
    roll([...PLAN.slice(1), seat(7, "b2", "north south")], undefined, FIRST + 4);
    expect([signed().version, signed().firstInterval]).toEqual([2, FIRST + 4]);
    const { "roll.cose": __, ...after } = contents();
    expect(after).toEqual(before);
    roll(PLAN);
    expect(signed().version).toBe(3);
  });

  test("keeps an empty seat while its block has k_min meters", () => {
    roll([...PLAN, "s7,,,b1,north"]);
    expect(signed().blocks[0]?.seats[3]).toEqual({ seat: "s7", occupant: undefined });
  });
});

/** Plans, and what of them the error names. */
const WRONG: readonly (readonly [what: string, seats: readonly string[], says: string, feeders?: readonly string[]])[] =
  [
    ["a block below k_min", PLAN.slice(1), "block b2: expected at least k_min = 3 meters, got 2 (group_too_small)"],
    [
      "an empty seat that leaves a block below k_min",
      [...PLAN.slice(1), "s4,,,b2,north south"],
      "block b2: expected at least k_min = 3 meters, got 2",
    ],
    [
      "a group larger than the key was cut for",
      [...PLAN, seat(7, "b2", "north south"), seat(8, "b1", "north")],
      "group north: expected at most 7 meters, got 8 (value_out_of_range)",
    ],
    [
      "a block whose seats name other groups",
      [...PLAN, seat(7, "b2", "north")],
      "seats.csv line 8: expected the groups of block b2: north south, got north",
    ],
    [
      "a seat twice",
      [...PLAN, `s4,m7,${key(7)},b1,north`],
      "seats.csv line 8, seat: expected each id once, got s4 again",
    ],
    [
      "a meter twice",
      [...PLAN, `s7,m4,${key(7)},b1,north`],
      "seats.csv line 8, meter: expected each id once, got m4 again",
    ],
    [
      "a meter without a key",
      [...PLAN, "s7,m7,,b1,north"],
      "seats.csv line 8, key: expected 64 hex digits, got 0 characters",
    ],
    [
      "a short key",
      [...PLAN, "s7,m7,abcd,b1,north"],
      "seats.csv line 8, key: expected 64 hex digits, got 4 characters",
    ],
    [
      "a key that is not hex",
      [...PLAN, `s7,m7,${"x".repeat(64)},b1,north`],
      "seats.csv line 8, key: expected an even number of hex digits",
    ],
    [
      "a key without a meter",
      [...PLAN, `s7,,${key(7)},b1,north`],
      "seats.csv line 8, meter: expected 1 to 32 of A-Z a-z 0-9 _ -",
    ],
    [
      "an id with a slash",
      [...PLAN, `s7,m/7,${key(7)},b1,north`],
      'seats.csv line 8, meter: expected 1 to 32 of A-Z a-z 0-9 _ -, got "m/7" (field_wrong)',
    ],
    [
      "a group that leads out of its folder",
      [...PLAN, seat(7, "b3", "../../north")],
      "seats.csv line 8, groups: expected 1 to 32 of A-Z a-z 0-9 _ -",
    ],
    [
      "an error after an empty line, at the line that an editor shows",
      [...PLAN, "", "s7,m7,,b1,north"],
      "seats.csv line 9, key",
    ],
    ["a row with a field too many", [...PLAN, `${seat(7, "b1", "north")},more`], "line 8"],
    ["no seats", [], "seats.csv: expected seats after the header, got none (input_invalid)"],
    [
      "a feeder of a group that nobody sits in",
      PLAN,
      "feeders.csv line 2: expected groups that have seats, got west",
      [`f1,${key(90)},west`],
    ],
    [
      "two feeders of one group",
      PLAN,
      "feeders.csv line 3: expected one feeder for each group, got north",
      [`f1,${key(90)},north`, `f2,${key(91)},north`],
    ],
    [
      "a feeder twice",
      PLAN,
      "feeders.csv line 3, feeder: expected each id once, got f1 again",
      [`f1,${key(90)},north`, `f1,${key(91)},south`],
    ],
    [
      "a feeder with the name of a home's meter",
      PLAN,
      "feeders.csv line 2, feeder: expected each id once, got m1 again",
      [`m1,${key(90)},north`],
    ],
    ["a feeder without a key", PLAN, "feeders.csv line 2, key: expected 64 hex digits", ["f1,,north"]],
  ];

describe("a plan that does not hold", () => {
  test.each(WRONG.map(([what, seats, says, feeders]) => ({ what, seats, says, feeders })))(
    "with $what is refused, and nothing is written or changed",
    ({ seats, says, feeders }) => {
      const atFirst = contents();
      expect(() => roll(seats, feeders)).toThrow(says);
      expect(contents()).toEqual(atFirst);
      roll(PLAN);
      const signedOnce = contents();
      expect(() => roll(seats, feeders)).toThrow(says);
      expect(contents()).toEqual(signedOnce);
    },
  );

  test("with other columns is refused by the line of the header", () => {
    const seats = file("seats.csv", ["meter,seat,key,block,groups", ...PLAN]);
    expect(() => readPlan(seats, undefined, FIRST)).toThrow(
      `${seats} line 1: expected seat,meter,key,block,groups, got meter,seat,key,block,groups (input_invalid)`,
    );
    expect(() => readPlan(file("empty.csv", []), undefined, FIRST)).toThrow("got an empty file");
  });

  test("in a file that is not there is refused by its name", () => {
    expect(() => readPlan(join(folder, "absent.csv"), undefined, FIRST)).toThrow("absent.csv: expected CSV");
  });
});

describe("what a roll needs", () => {
  test.each([
    ["root.pem", "root.pem: expected an Ed25519 key as PKCS #8 PEM, got no readable file"],
    ["root.pub", "root.pub: expected a file that `choir authority new` makes, got no readable file"],
    ["key.cose", "key.cose: expected a file that `choir authority new` makes, got no readable file"],
  ])("without %s there is none", (name, says) => {
    rmSync(join(deployment, name));
    expect(() => roll(PLAN)).toThrow(says);
    expect(readdirSync(deployment)).not.toContain("aggregators");
  });

  test("a roll that another root signed is not continued", () => {
    roll(PLAN);
    const bytes = readFileSync(join(deployment, "roll.cose"));
    // the last byte of a COSE_Sign1 belongs to its signature
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(join(deployment, "roll.cose"), bytes);
    expect(() => roll(PLAN)).toThrow("(signature_wrong)");
    expect(readFileSync(join(deployment, "roll.cose")).equals(bytes)).toBe(true);
  });
});
