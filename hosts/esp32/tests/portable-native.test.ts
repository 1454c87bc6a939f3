/** The portable C of native/ on this computer: the generator against NIST's vectors, health tests, the pulse filter against the firmware's, records over a reset. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createPulseFilter } from "../../../firmware/pulse-filter.ts";
import { repositoryRoot } from "../../moddable/runner/sdk.ts";
import { HostProgram, whyNoCompiler } from "./host-c.ts";

const whyNoC = whyNoCompiler();
const whyNoSodium = whyNoC ?? whyNoCompiler("sodium");
for (const why of new Set([whyNoC, whyNoSodium])) {
  if (why !== undefined) process.stderr.write(`hosts/esp32, portable C: skipped, ${why}\n`);
}
const withC = whyNoC === undefined ? describe : describe.skip;
const withSodium = whyNoSodium === undefined ? describe : describe.skip;

type DrbgCase = {
  readonly line: number;
  readonly entropy: string;
  readonly nonce: string;
  readonly personalization: string;
  readonly reseed: string;
  readonly reseedAdditional: string;
  readonly additional: readonly string[];
  readonly returned: string;
};

function setUp(driver: string, sources: readonly string[], libraries: readonly string[] = []) {
  let program: HostProgram | undefined;
  beforeAll(() => {
    program = new HostProgram(driver, sources, libraries);
  });
  afterAll(() => program?.remove());
  return (lines: readonly string[]): readonly string[] => {
    if (program === undefined) throw new Error("not compiled");
    return program.run(lines);
  };
}

withSodium("the generator (SP 800-90A, HMAC_DRBG)", () => {
  const run = setUp("drbg.c", ["hmac-drbg.c"], ["sodium"]);
  const vectors = join(repositoryRoot(), "hosts/esp32/tests/vectors/hmac-drbg-sha256.json");
  // the file is ours, and of this shape
  const { cases } = JSON.parse(readFileSync(vectors, "utf8")) as { readonly cases: readonly DrbgCase[] };
  const word = (hex: string | undefined) => (hex === undefined || hex === "" ? "-" : hex);

  test("gives what NIST's vectors say, with and without personalization and additional input", () => {
    expect(cases).toHaveLength(16);
    for (const one of cases) {
      const bytes = one.returned.length / 2;
      const answers = run([
        `instantiate ${word(one.entropy)} ${word(one.nonce)} ${word(one.personalization)}`,
        `reseed ${word(one.reseed)} ${word(one.reseedAdditional)}`,
        `generate ${bytes} ${word(one.additional[0])}`,
        `generate ${bytes} ${word(one.additional[1])}`,
      ]);
      expect({ line: one.line, returned: answers[3] }).toEqual({ line: one.line, returned: one.returned });
    }
  });

  test("gives nothing before it is seeded, nothing once its state is erased, and never more than a request may ask for", () => {
    const seed = "01".repeat(32);
    expect(run(["generate 16 -"])).toEqual(["refused"]);
    const [, most, more, , erased] = run([
      `instantiate ${seed} ${seed} -`,
      "generate 65536 -",
      "generate 65537 -",
      "forget",
      "generate 1 -",
    ]);
    expect(most).toHaveLength(2 * 65536);
    expect([more, erased]).toEqual(["refused", "refused"]);
  });
});

withC("the health tests (SP 800-90B)", () => {
  const run = setUp("health.c", ["health-test.c"]);
  const hex = (samples: readonly number[]) => Buffer.from(samples).toString("hex");
  const mixed = (length: number, seed: number) =>
    Array.from({ length }, (_, at) => (Math.imul(at + seed, 2_654_435_761) >>> 11) & 0xff);

  test("a source that sticks fails at the sixth equal sample, and not at the fifth", () => {
    expect(run([hex([1, 2, 7, 7, 7, 7, 7, 8]), hex([1, 2, 7, 7, 7, 7, 7, 7, 8])])).toEqual(["sound", "8"]);
  });

  test("a sample that fills a window beyond its share fails it: 62 of 512, never 61, and each window begins anew", () => {
    const window = (reference: number, matches: number) => {
      const others = Array.from({ length: 512 }, (_, at) => (at % 200) + 1);
      for (let match = 0; match < matches; match++) others[match * 8] = reference;
      return others;
    };
    expect(run([hex(window(255, 61)), hex(window(255, 62))])).toEqual(["sound", `${61 * 8 + 1}`]);
    expect(run([hex([...window(255, 61), ...window(255, 61), ...window(254, 61)])])).toEqual(["sound"]);
    expect(run([hex([...window(255, 61), ...window(254, 62)])])).toEqual([`${512 + 61 * 8 + 1}`]);
  });

  test("samples of all values pass", () => {
    expect(run([hex(mixed(100_000, 1))])).toEqual(["sound"]);
  });
});

withC("the pulse filter in C", () => {
  const run = setUp("pulses.c", []);

  test("counts as the firmware's does, over any row of edges, missed ones and glitches among them", () => {
    const edge = fc.record({ level: fc.constantFrom(0, 1), wait: fc.oneof(fc.nat(20), fc.nat(40_000)) });
    const least = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 30_000 }));
    const cases = fc.sample(fc.record({ low: least, high: least, edges: fc.array(edge, { minLength: 1 }) }), 300);
    const lines: string[] = [];
    const expected: string[] = [];
    for (const { low, high, edges } of cases) {
      const filter = createPulseFilter({ minLowMicros: low, minHighMicros: high });
      let atMicros = 0;
      let line = `${low} ${high}`;
      let counts = "";
      for (const { level, wait } of edges) {
        atMicros += wait;
        line += ` ${level}@${atMicros}`;
        // the two values that fast-check is given
        counts += filter.edge({ level: level as 0 | 1, atMicros });
      }
      lines.push(line);
      expected.push(counts);
    }
    expect(run(lines)).toEqual(expected);
    expect(expected.some((counts) => counts.includes("1"))).toBe(true);
  });
});

withC("the converter's curve", () => {
  const run = setUp("curve.c", []);
  const counts = (slopeMicrovolts: number, offsetMillivolts: number) =>
    (run([`codes ${slopeMicrovolts} ${offsetMillivolts}`])[0] ?? "").trim().split(" ").map(Number);

  test("gives every code the count of its voltage, 3,300 mV being the highest, to one count", () => {
    // 750 uV a code and 60 mV below the first: about what an ESP32 has
    const straight = counts(750, 60);
    expect(straight).toHaveLength(4096);
    for (let code = 1; code < 4095; code++) {
      const exact = ((60 + code * 0.75) * 4095) / 3300;
      expect(Math.abs((straight[code] ?? 0) - exact)).toBeLessThan(1.1);
    }
  });

  test("leaves both ends of the range where they are, so that clipping shows, and nothing beyond them", () => {
    const straight = counts(750, 60);
    expect([straight[0], straight[4095]]).toEqual([0, 4095]);
    const steep = counts(1_000, -200);
    expect(Math.min(...steep)).toBe(0);
    expect(Math.max(...steep)).toBe(4095);
    expect(steep.every((count, code) => code === 0 || count >= (steep[code - 1] ?? 0))).toBe(true);
  });
});

withC("a record over a reset", () => {
  const run = setUp("held.c", ["held-record.c"]);

  test("is none in memory of any one value, and what was last written otherwise", () => {
    expect(run(["read", "fill 255", "read", "fill 165", "read"])).toEqual(["none", "done", "none", "done", "none"]);
    expect(run(["write 0102", "read", "write 03", "read", "write 04", "read", "forget", "read"])).toEqual([
      ...["done", "0102", "done", "03", "done", "04", "done", "none"],
    ]);
  });

  test("with any bit changed in the newest slot is the one before it", () => {
    const [slotBytes] = run(["slots"]).map(Number);
    const used = 8 + 2;
    for (const offset of [...Array(used).keys(), (slotBytes ?? 0) - 4, (slotBytes ?? 0) - 1]) {
      for (const mask of [1, 0x80]) {
        // the third write is in the first slot again
        const answers = run(["write aaaa", "write bbbb", "write cccc", `damage ${offset} ${mask}`, "read"]);
        expect({ offset, mask, read: answers[4] }).toEqual({ offset, mask, read: "bbbb" });
      }
    }
  });
});
