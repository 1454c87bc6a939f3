/** The flash ring keeps what it was given, over any write or erase that loses its power, and wears all its flash alike. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasCode } from "../../../core/errors.ts";
import { SECTOR_BYTES } from "../flash.ts";
import { FlashRing } from "../flash-ring.ts";
import { CutFlash, PowerLost, TEARS } from "./cut-flash.ts";

const SEGMENT_BYTES = SECTOR_BYTES;
const SEGMENTS = 4;
const FLASH_BYTES = SEGMENT_BYTES * SEGMENTS;

type Step = { readonly key: string; readonly value: Uint8Array | undefined };

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);
const kept = (ring: FlashRing) =>
  new Map(
    ring
      .keys("")
      .map((key) => [key, ring.get(key)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
const sorted = (model: ReadonlyMap<string, Uint8Array>) => new Map([...model].sort(([a], [b]) => (a < b ? -1 : 1)));

/** Messages that come, are written again, and go in no order, so that segments stay half full and are moved together. */
function makeScript(): readonly Step[] {
  const steps: Step[] = [];
  const live: string[] = [];
  let random = 7;
  const below = (limit: number): number => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return (random >>> 16) % limit;
  };
  for (let message = 0; message < 60; message++) {
    const key = below(4) === 0 && live.length > 0 ? (live[below(live.length)] ?? "") : `o/${message}`;
    if (!live.includes(key)) live.push(key);
    steps.push({ key, value: bytes(500 + below(400), message) });
    while (live.length > 7 + below(4))
      steps.push({ key: live.splice(below(live.length), 1)[0] ?? "", value: undefined });
  }
  return steps;
}

const script = makeScript();

function apply(ring: FlashRing, { key, value }: Step): void {
  if (value === undefined) ring.delete(key);
  else ring.set(key, value);
}

function advance(model: Map<string, Uint8Array>, { key, value }: Step): void {
  if (value === undefined) model.delete(key);
  else model.set(key, value);
}

describe("a flash ring", () => {
  test("that loses its power at any write or erase keeps what was done, and does the last step whole or not at all", () => {
    const whole = new CutFlash(FLASH_BYTES);
    const undisturbed = new FlashRing(whole, SEGMENT_BYTES);
    for (const step of script) apply(undisturbed, step);
    // more messages were written than set: some were moved
    const set = script.filter(({ value }) => value !== undefined).length;
    expect(whole.writes.filter((length) => length >= 500).length).toBeGreaterThan(set + 3);
    for (let cut = 0; cut < whole.operations; cut++) {
      for (const tear of TEARS) {
        const flash = new CutFlash(FLASH_BYTES);
        flash.cut(cut, tear, cut + 1);
        const before = new Map<string, Uint8Array>();
        const after = new Map<string, Uint8Array>();
        try {
          const ring = new FlashRing(flash, SEGMENT_BYTES);
          for (const step of script) {
            advance(after, step);
            apply(ring, step);
            advance(before, step);
          }
        } catch (error) {
          if (!(error instanceof PowerLost)) throw error;
        }
        const ring = new FlashRing(new CutFlash(FLASH_BYTES, flash.content), SEGMENT_BYTES);
        const restarted = kept(ring);
        expect({ cut, tear, either: [sorted(before), sorted(after)] }).toEqual({
          cut,
          tear,
          either: expect.arrayContaining([restarted]),
        });
        ring.set("next", bytes(900, 7));
        expect(kept(ring).size).toBe(restarted.size + 1);
      }
    }
  });

  test("that loses its power again while it recovers, and again, keeps the same, and takes the next message", () => {
    const whole = new CutFlash(FLASH_BYTES);
    const undisturbed = new FlashRing(whole, SEGMENT_BYTES);
    for (const step of script) apply(undisturbed, step);
    for (let cut = 30; cut < whole.operations; cut += 5) {
      const flash = new CutFlash(FLASH_BYTES);
      flash.cut(cut, "bits", cut);
      try {
        const ring = new FlashRing(flash, SEGMENT_BYTES);
        for (const step of script) apply(ring, step);
      } catch (error) {
        if (!(error instanceof PowerLost)) throw error;
      }
      const expected = kept(new FlashRing(new CutFlash(FLASH_BYTES, flash.content), SEGMENT_BYTES));
      let content = flash.content;
      for (let again = 0; again < 3; again++) {
        const next = new CutFlash(FLASH_BYTES, content);
        next.cut(again, TEARS[(cut + again) % TEARS.length] ?? "nothing", again + 1);
        try {
          new FlashRing(next, SEGMENT_BYTES);
        } catch (error) {
          if (!(error instanceof PowerLost)) throw error;
        }
        content = next.content;
      }
      const ring = new FlashRing(new CutFlash(FLASH_BYTES, content), SEGMENT_BYTES);
      expect(kept(ring)).toEqual(expected);
      ring.set("next", bytes(900, 7));
      expect(ring.get("next")).toEqual(bytes(900, 7));
    }
  });

  test("behaves as a map does, over restarts, until it says that it is full", () => {
    const key = fc.constantFrom("a", "b", "o/1", "o/2", "o/3", "o/4", "o/5", "o/6");
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ key, length: fc.integer({ min: 0, max: 1500 }) }) },
      { weight: 3, arbitrary: fc.record({ key, length: fc.constant(-1) }) },
      { weight: 1, arbitrary: fc.constant("restart" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const flash = new CutFlash(FLASH_BYTES);
        let ring = new FlashRing(flash, SEGMENT_BYTES);
        const model = new Map<string, Uint8Array>();
        steps.forEach((one, at) => {
          if (one === "restart") ring = new FlashRing(flash, SEGMENT_BYTES);
          else if (one.length < 0) {
            ring.delete(one.key);
            model.delete(one.key);
          } else {
            const value = bytes(one.length, at);
            try {
              ring.set(one.key, value);
              model.set(one.key, value);
            } catch (error) {
              if (!hasCode(error, "outbox_full")) throw error;
            }
          }
          expect(kept(ring)).toEqual(sorted(model));
        });
      }),
      { numRuns: 40 },
    );
  });

  test("is full only when every segment but the one in reserve has no room, and takes the next message when one is gone", () => {
    const ring = new FlashRing(new CutFlash(FLASH_BYTES), SEGMENT_BYTES);
    const stored: string[] = [];
    const fill = () => {
      try {
        for (;;) {
          const key = `o/${stored.length}`;
          ring.set(key, bytes(1300, 1));
          stored.push(key);
        }
      } catch (error) {
        expect(hasCode(error, "outbox_full")).toBe(true);
      }
    };
    fill();
    expect(stored).toHaveLength(3 * (SEGMENTS - 1));
    for (const gone of ["o/1", "o/4", "o/7"]) {
      ring.delete(gone);
      ring.set(gone, bytes(1300, 2));
    }
    expect([...kept(ring).values()].every((value) => value?.length === 1300)).toBe(true);
  });

  test("goes on in another segment after a write that failed, and a restart finds all that was set", () => {
    for (let failing = 0; failing < 40; failing++) {
      const flash = new CutFlash(FLASH_BYTES);
      const ring = new FlashRing(flash, SEGMENT_BYTES);
      flash.fail(failing);
      const model = new Map<string, Uint8Array>();
      for (const step of script) {
        try {
          apply(ring, step);
          advance(model, step);
        } catch {
          // a step that failed has been done or not; what matters is that it is so for good
          const value = ring.get(step.key);
          advance(model, { key: step.key, value });
        }
      }
      expect(kept(ring)).toEqual(sorted(model));
      expect(kept(new FlashRing(flash, SEGMENT_BYTES))).toEqual(sorted(model));
    }
  });

  test("refuses a message larger than a segment, and flash of less than three", () => {
    const ring = new FlashRing(new CutFlash(FLASH_BYTES), SEGMENT_BYTES);
    expect(() => ring.set("o/1", bytes(SEGMENT_BYTES, 1))).toThrow(/input_invalid/);
    expect(ring.keys("")).toEqual([]);
    expect(() => new FlashRing(new CutFlash(2 * SEGMENT_BYTES), SEGMENT_BYTES)).toThrow(/config_invalid/);
  });

  test("does not hand out a message whose bytes have changed", () => {
    const flash = new CutFlash(FLASH_BYTES);
    const ring = new FlashRing(flash, SEGMENT_BYTES);
    ring.set("o/1", bytes(100, 0xff));
    const key = flash.content.findIndex(
      (_, at) => String.fromCharCode(...flash.content.subarray(at, at + 3)) === "o/1",
    );
    flash.content[key + 50] = 0;
    expect(ring.get("o/1")).toBeUndefined();
  });

  test("wears its segments alike: none is erased twice as often as another", () => {
    const flash = new CutFlash(8 * SEGMENT_BYTES);
    const ring = new FlashRing(flash, SEGMENT_BYTES);
    for (let message = 0; message < 2000; message++) {
      ring.set(`o/${message}`, bytes(1000, message));
      ring.delete(`o/${message - 6}`);
    }
    expect(Math.max(...flash.erases)).toBeLessThan(2 * Math.min(...flash.erases));
  });
});
