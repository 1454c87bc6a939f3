/** The comb table in flash is in force when it is whole and hashes right, and not while or after anything else happened to it. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { SECTOR_BYTES } from "../flash.ts";
import { KeptTable } from "../kept-table.ts";
import { CutFlash, PowerLost, TEARS } from "./cut-flash.ts";

const FLASH_BYTES = 4 * SECTOR_BYTES;
const PIECE = 384;
const table = (fill: number, length = 9_000) => Uint8Array.from({ length }, (_, at) => (at * 7 + fill) & 0xff);
const hashOf = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());

function keptIn(flash: CutFlash): KeptTable {
  return new KeptTable(flash, () => {
    const hash = createHash("sha256");
    return { update: (part: Uint8Array) => void hash.update(part), digest: () => new Uint8Array(hash.digest()) };
  });
}

function put(kept: KeptTable, bytes: Uint8Array): void {
  kept.begin();
  for (let at = 0; at < bytes.length; at += PIECE) kept.append(bytes.subarray(at, at + PIECE));
  kept.commit(bytes.length, hashOf(bytes));
}

describe("the table in flash", () => {
  test("is found again as it was put, by this start and the next", () => {
    const flash = new CutFlash(FLASH_BYTES);
    put(keptIn(flash), table(1));
    const again = keptIn(flash);
    expect(again.length).toBe(9_000);
    expect(again.readPart(0, 9_000)).toEqual(table(1));
    expect(again.readPart(4_090, 10)).toEqual(table(1).slice(4_090, 4_100));
    expect(again.holds(9_000, hashOf(table(1)))).toBe(true);
    expect([again.holds(8_999, hashOf(table(1))), again.holds(9_000, hashOf(table(2)))]).toEqual([false, false]);
  });

  test("is none in flash that was never written, and none from when another is begun", () => {
    const flash = new CutFlash(FLASH_BYTES);
    expect(keptIn(flash).length).toBeUndefined();
    expect(keptIn(new CutFlash(FLASH_BYTES, new Uint8Array(FLASH_BYTES).fill(0xff))).length).toBeUndefined();
    put(keptIn(flash), table(1));
    keptIn(flash).begin();
    expect(keptIn(flash).length).toBeUndefined();
  });

  test("is refused with another hash or length, and then none is in force", () => {
    const flash = new CutFlash(FLASH_BYTES);
    const kept = keptIn(flash);
    kept.begin();
    kept.append(table(1, 100));
    expect(() => kept.commit(100, hashOf(table(2, 100)))).toThrow(/table_wrong/);
    expect(() => kept.commit(99, hashOf(table(1, 99)))).toThrow(/length_wrong/);
    expect(keptIn(flash).length).toBeUndefined();
  });

  test("has room for all of its flash but the first sector, to the last byte", () => {
    const kept = keptIn(new CutFlash(FLASH_BYTES));
    expect(kept.mostBytes).toBe(3 * SECTOR_BYTES);
    put(kept, table(3, kept.mostBytes));
    expect(kept.readPart(0, kept.mostBytes)).toEqual(table(3, kept.mostBytes));
  });

  test("that loses its power at any step of a replacement is the old one, the new one, or none: never another", () => {
    const whole = new CutFlash(FLASH_BYTES);
    put(keptIn(whole), table(1));
    const first = whole.operations;
    put(keptIn(whole), table(2));
    for (let cut = first; cut < whole.operations; cut++) {
      for (const tear of TEARS) {
        const flash = new CutFlash(FLASH_BYTES);
        put(keptIn(flash), table(1));
        flash.cut(cut, tear, cut);
        try {
          put(keptIn(flash), table(2));
        } catch (error) {
          if (!(error instanceof PowerLost)) throw error;
        }
        const after = keptIn(new CutFlash(FLASH_BYTES, flash.content));
        const { length } = after;
        const found = length === undefined ? "none" : hashOf(after.readPart(0, length));
        // begun is written over: only before the first step, or after the last, is there one
        const allowed = ["none", ...(cut === first ? [hashOf(table(1))] : []), hashOf(table(2))];
        expect({ cut, tear, found: allowed.some((one) => `${one}` === `${found}`) }).toEqual({
          cut,
          tear,
          found: true,
        });
      }
    }
  });
});
