/** The status light: each state has flashes of its own, the most pressing state is shown, and flashes keep their lengths. */
import { describe, expect, test } from "@jest/globals";
import { Flashing } from "../flashing.ts";
import { type BoardState, flashesOf, LIGHT_CODES, lightCode } from "../light-code.ts";
import { HandTurns } from "./turns.ts";

const WELL: BoardState = {
  held: false,
  safe: false,
  provisioned: true,
  enrolled: true,
  online: true,
  timeSet: true,
  linked: true,
};

describe("the status light", () => {
  test.each<[string, Partial<BoardState>]>([
    ["well", {}],
    ["counting", { enrolled: false }],
    ["no-broker", { linked: false, enrolled: false }],
    ["no-time", { timeSet: false, linked: false }],
    ["offline", { online: false, timeSet: false, linked: false }],
    ["unprovisioned", { provisioned: false, enrolled: false, online: false, timeSet: false, linked: false }],
    ["safe", { safe: true, provisioned: false, online: false, timeSet: false, linked: false }],
    ["held", { held: true, safe: true, provisioned: false }],
  ])("shows %s for what is most pressing", (code, state) => {
    expect(lightCode({ ...WELL, ...state })).toBe(code);
  });

  test("has a row of its own for each state", () => {
    const rows = LIGHT_CODES.map((code) => flashesOf(code).row.join(" "));
    expect(new Set(rows).size).toBe(LIGHT_CODES.length);
    for (const code of LIGHT_CODES) expect(flashesOf(code).row.length % 2).toBe(0);
  });

  test("flashes in the row's lengths, again and again, and begins anew when the code changes, not when it is told again", () => {
    const turns = new HandTurns();
    const seen: string[] = [];
    const lamp = { write: (on: boolean) => void seen.push(`${turns.nowMs}${on ? "+" : "-"}`) };
    const flashing = new Flashing(lamp, turns);
    flashing.show("offline");
    turns.pass(500);
    flashing.show("offline");
    turns.pass(1_600);
    expect(seen).toEqual(["0+", "150-", "400+", "550-", "2050+"]);
    flashing.show("unprovisioned");
    turns.pass(1_000);
    expect(seen.slice(5)).toEqual(["2100+", "3100-"]);
  });
});
