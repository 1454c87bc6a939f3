/** `choir enrol`: the one row that changes, and what keeps a meter out of the plan. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { enrol, readPublicKey } from "../enrol.ts";

const KEY = "5f".repeat(32);
const OTHER = "a1".repeat(32);
const SEATS = [
  "seat,meter,key,block,groups",
  `s1,m1,${OTHER.toUpperCase()},b1,north south`,
  "",
  's2 , ,, b1 ,"north south"',
  "s3,,,b2,north\r",
];
const FEEDERS = ["feeder,key,groups", "f1,,north", `f2,${"b2".repeat(32)},south`];

let folder = "";
const path = (name: string): string => join(folder, name);
const lines = (name: string): readonly string[] => readFileSync(path(name), "utf8").split("\n");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-enrol-"));
  writeFileSync(path("seats.csv"), SEATS.join("\n"));
  writeFileSync(path("feeders.csv"), FEEDERS.join("\n"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Person {
  readonly seat?: string;
  readonly meter?: string;
  readonly key?: string;
  readonly replace?: boolean;
}

function put({ seat, meter = "m9", key = KEY, replace = false }: Person) {
  const place = { seatsFile: path("seats.csv"), feedersFile: path("feeders.csv"), seat };
  return enrol(place, { meter, key: readPublicKey(key, "key"), replace });
}

describe("a meter is enrolled", () => {
  test("on its empty seat, and every other row stays to the byte", () => {
    expect(put({ seat: "s2" })).toEqual({ changed: true, block: { name: "b1", meters: 2 } });
    expect(lines("seats.csv")).toEqual([...SEATS.slice(0, 3), `s2,m9,${KEY},b1,north south`, SEATS[4]]);
    expect(lines("feeders.csv")).toEqual(FEEDERS);
  });

  test("in a file whose lines end as on Windows", () => {
    expect(put({ seat: "s3" })).toEqual({ changed: true, block: { name: "b2", meters: 1 } });
    expect(lines("seats.csv")).toEqual([...SEATS.slice(0, 4), `s3,m9,${KEY},b2,north\r`]);
  });

  test("once: the same again changes nothing", () => {
    put({ seat: "s2" });
    const before = lines("seats.csv");
    expect(put({ seat: "s2" })).toEqual({ changed: false, block: { name: "b1", meters: 2 } });
    expect(put({ seat: "s1", meter: "m1", key: OTHER })).toMatchObject({ changed: false });
    expect(lines("seats.csv")).toEqual(before);
  });

  test("as a feeder, in its row", () => {
    expect(put({ meter: "f1" })).toEqual({ changed: true, block: undefined });
    expect(lines("feeders.csv")).toEqual([FEEDERS[0], `f1,${KEY},north`, FEEDERS[2]]);
    expect(lines("seats.csv")).toEqual(SEATS);
  });

  test("in the place of another meter, or with another key, when that is meant", () => {
    put({ seat: "s1", replace: true });
    expect(lines("seats.csv")[1]).toBe(`s1,m9,${KEY},b1,north south`);
    put({ seat: "s1", key: "c3".repeat(32), replace: true });
    expect(lines("seats.csv")[1]).toBe(`s1,m9,${"c3".repeat(32)},b1,north south`);
    put({ meter: "f2", replace: true, key: "d4".repeat(32) });
    expect(lines("feeders.csv")[2]).toBe(`f2,${"d4".repeat(32)},south`);
  });
});

describe("nothing is written", () => {
  test.each<readonly [what: string, who: Person, says: string]>([
    ["for a seat that is not there", { seat: "s7" }, "one row of seat s7, got 0"],
    ["for a feeder that is not there", { meter: "f7" }, "one row of feeder f7, got 0"],
    [
      "for a seat with another meter",
      { seat: "s1" },
      "line 2, seat s1: expected nobody there, or --replace, got m1 with key A1A1",
    ],
    ["for a meter with another key", { seat: "s1", meter: "m1" }, "expected nobody there, or --replace"],
    ["for a feeder with another key", { meter: "f2" }, "expected nobody there, or --replace"],
    [
      "for a meter that has a seat",
      { seat: "s2", meter: "m1", replace: true },
      "line 2: expected another meter, got m1",
    ],
    ["for a key that has a seat", { seat: "s2", key: OTHER, replace: true }, "line 2: expected another meter's key"],
    [
      "for a key that a feeder has",
      { seat: "s2", key: "b2".repeat(32) },
      "feeders.csv line 3: expected another meter's key",
    ],
    ["for a meter that is a feeder", { seat: "s2", meter: "f1" }, "feeders.csv line 2: expected another meter"],
    [
      "for a feeder whose key has a seat",
      { meter: "f1", key: OTHER },
      "seats.csv line 2: expected another meter's key",
    ],
    ["for a meter that is no id", { seat: "s2", meter: "m/9" }, "(field_wrong)"],
  ])("%s", (_what, who, says) => {
    expect(() => put(who)).toThrow(says);
    expect(lines("seats.csv")).toEqual(SEATS);
    expect(lines("feeders.csv")).toEqual(FEEDERS);
  });

  test.each([
    ["a key cut short", KEY.slice(2), "64 hex digits, got 62"],
    ["a key that is no hex", "x".repeat(64), "an even number of hex digits"],
    ["a key of small order", "01".padEnd(64, "0"), "small order"],
    ["a key of small order with its sign turned", `${"0".repeat(62)}80`, "small order"],
  ])("for %s", (_what, key, says) => {
    expect(() => put({ seat: "s2", key })).toThrow(says);
  });

  test("for a row that goes over two lines, or a seat that stands twice", () => {
    writeFileSync(
      path("seats.csv"),
      `seat,meter,key,block,groups\ns2,,,b1,"north\nsouth"\ns4,,,b1,north\ns4,,,b1,north\n`,
    );
    const before = lines("seats.csv");
    expect(() => put({ seat: "s2" })).toThrow("a row on one line");
    expect(() => put({ seat: "s4" })).toThrow("one row of seat s4, got 2");
    expect(lines("seats.csv")).toEqual(before);
  });

  test("without a seat and without a file of feeders", () => {
    const place = { seatsFile: path("seats.csv"), feedersFile: undefined, seat: undefined };
    expect(() => enrol(place, { meter: "f1", key: readPublicKey(KEY, "key"), replace: true })).toThrow(
      "a seat, or a file of feeders",
    );
  });
});
