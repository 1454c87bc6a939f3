/** SNTP answers are read to the millisecond and only from whom they were asked of; the clock says how good it is. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Discipline, HOLDOVER_MS, SYNCED_MS } from "../discipline.ts";
import { readSntp, sntpRequest } from "../sntp-packet.ts";

const COOKIE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const NOW = Date.UTC(2026, 10, 24);

/** A server whose clock shows `serverMs` when the request arrives, and answers `heldMs` later. */
function answer(request: Uint8Array, serverMs: number, heldMs = 0, change: (packet: Uint8Array) => void = () => {}) {
  const packet = new Uint8Array(48);
  const view = new DataView(packet.buffer);
  const stamp = (offset: number, ms: number) => {
    const seconds = Math.floor(ms / 1000);
    view.setUint32(offset, (seconds + 2_208_988_800) % 2 ** 32);
    view.setUint32(offset + 4, Math.round(((ms - seconds * 1000) / 1000) * 2 ** 32) % 2 ** 32);
  };
  packet[0] = 0x24;
  packet[1] = 2;
  packet.set(request.subarray(40, 48), 24);
  stamp(32, serverMs);
  stamp(40, serverMs + heldMs);
  change(packet);
  return packet;
}

describe("SNTP", () => {
  test("asks as a client of version 4, with a stamp that nobody else knows", () => {
    const request = sntpRequest(COOKIE);
    expect(request).toHaveLength(48);
    expect(request[0]).toBe(0x23);
    expect(request.slice(40)).toEqual(COOKIE);
  });

  test("finds how far we are behind, whatever the server's clock, the way there and the time that it takes to answer", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(10 ** 12), max: 10 ** 12 }),
        fc.nat(2_000),
        fc.nat(2_000),
        (behindMs, wayMs, heldMs) => {
          const packet = answer(sntpRequest(COOKIE), NOW + wayMs + behindMs, heldMs);
          const { offsetMs, delayMs } = readSntp(packet, COOKIE, NOW, NOW + 2 * wayMs + heldMs);
          expect(offsetMs).toBeCloseTo(behindMs, 2);
          expect(delayMs).toBeCloseTo(2 * wayMs, 2);
        },
      ),
    );
  });

  test("goes on in 2036, when the stamps begin again at 0", () => {
    const later = Date.UTC(2040, 0, 1);
    expect(readSntp(answer(sntpRequest(COOKIE), later), COOKIE, later, later).offsetMs).toBeCloseTo(0, 2);
  });

  test.each<[string, (packet: Uint8Array) => void]>([
    ["an answer to another request", (packet) => packet.fill(9, 24, 32)],
    ["a request", (packet) => packet.fill(0x23, 0, 1)],
    ["a server that is not synchronised", (packet) => packet.fill(0xe4, 0, 1)],
    ["a kiss of death", (packet) => packet.fill(0, 1, 2)],
    ["a stratum that there is not", (packet) => packet.fill(16, 1, 2)],
    ["no time", (packet) => packet.fill(0, 40, 48)],
  ])("refuses %s", (_, change) => {
    expect(() => readSntp(answer(sntpRequest(COOKIE), NOW, 0, change), COOKIE, NOW, NOW)).toThrow(/field_wrong/);
  });

  test("refuses an answer that is cut short", () => {
    const packet = answer(sntpRequest(COOKIE), NOW).subarray(0, 47);
    expect(() => readSntp(packet, COOKIE, NOW, NOW)).toThrow(/length_wrong/);
  });
});

describe("the clock's quality", () => {
  const sample = (offsetMs: number, delayMs = 10) => ({ offsetMs, delayMs });

  test("is unset until a server has set it, then synced, in holdover when servers are silent, and unset after a week", () => {
    const discipline = new Discipline(undefined);
    expect(discipline.quality(NOW, 0)).toBe("unset");
    discipline.corrected(NOW, 1_000);
    const at = (ms: number) => discipline.quality(NOW + ms, 1_000 + ms);
    expect([at(0), at(SYNCED_MS), at(SYNCED_MS + 1), at(HOLDOVER_MS), at(HOLDOVER_MS + 1)]).toEqual([
      ...["synced", "synced", "holdover", "holdover", "unset"],
    ]);
  });

  test("is in holdover after a reset that UTC has survived, for a week since a server set it, and unset where UTC went back", () => {
    const discipline = new Discipline(NOW);
    expect(discipline.quality(NOW + 1, 1)).toBe("holdover");
    expect(discipline.quality(NOW + HOLDOVER_MS + 1, 1)).toBe("unset");
    expect(discipline.quality(NOW - 1, 1)).toBe("unset");
  });

  test("does not hang on UTC while the app runs: a step of UTC changes nothing", () => {
    const discipline = new Discipline(undefined);
    discipline.corrected(NOW, 0);
    expect(discipline.quality(NOW + 2 * HOLDOVER_MS, 1)).toBe("synced");
  });

  test("the first word sets the clock; later small ones lead it, large ones step", () => {
    const discipline = new Discipline(undefined);
    expect(discipline.correction(sample(NOW), 0, 0)).toEqual({ kind: "step", byMs: NOW });
    expect(discipline.correction(sample(3), NOW, 0)).toEqual({ kind: "step", byMs: 3 });
    discipline.corrected(NOW, 0);
    expect(discipline.correction(sample(-499), NOW, 0)).toEqual({ kind: "slew", byMs: -499 });
    expect(discipline.correction(sample(500), NOW, 0)).toEqual({ kind: "step", byMs: 500 });
    expect(discipline.correction(sample(-500), NOW, 0)).toEqual({ kind: "step", byMs: -500 });
  });

  test("nothing is done on an answer that took too long, came before it was asked for, or is older than this firmware", () => {
    const discipline = new Discipline(undefined);
    expect(discipline.correction(sample(5, 1_001), NOW, 0)).toEqual({ kind: "none" });
    expect(discipline.correction(sample(5, -1), NOW, 0)).toEqual({ kind: "none" });
    expect(discipline.correction(sample(0), Date.UTC(2025, 11, 31), 0)).toEqual({ kind: "none" });
  });
});
