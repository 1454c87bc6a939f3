/** The Montgomery ring in C against plain BigInt, with limbs of both widths, for moduli of every length and operands at the edges. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { integerToBytes } from "../../../core/integers.ts";

const root = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));
const compiler = process.env["CC"] ?? "cc";
const isThere = spawnSync(compiler, ["--version"]).status === 0;
if (!isThere) process.stderr.write("skipped: the Montgomery ring in C (no C compiler; CC names one)\n");

/** `m` a product, `s` a square, `p` a * (1+n)^b, `r` the element itself, each as lo and hi; `v` the element as one number. */
type Operation = "m" | "s" | "p" | "r" | "v";

/** a and b are lo + n*hi; of b `p` takes lo alone. */
interface Question {
  readonly operation: Operation;
  readonly n: bigint;
  readonly width: number;
  readonly a: Halves;
  readonly b: Halves;
}

interface Halves {
  readonly lo: bigint;
  readonly hi: bigint;
}

function record({ operation, n, width, a, b }: Question): Buffer {
  const numbers = [n, a.lo, a.hi, b.lo, b.hi].map((one) => integerToBytes(one, width));
  return Buffer.concat([Buffer.from(operation), Buffer.of(width & 0xff, width >> 8), ...numbers]);
}

/** What the operation gives in plain integers, in hex as the program writes it; undefined where it is refused. */
function expected({ operation, n, width, a, b }: Question): string | undefined {
  const isResidue = ({ lo, hi }: Halves): boolean => lo < n && hi < n;
  if (n % 2n === 0n || n < 3n || !isResidue(a)) return undefined;
  if ((operation === "m" && !isResidue(b)) || (operation === "p" && b.lo >= n)) return undefined;
  const value = a.lo + n * a.hi;
  const square = n * n;
  const other = b.lo + n * b.hi;
  const factor = operation === "m" ? other : operation === "s" ? value : operation === "p" ? 1n + n * b.lo : 1n;
  const result = (value * factor) % square;
  if (operation === "v") return hex(result, 2 * width);
  return hex(result % n, width) + hex(result / n, width);
}

const hex = (value: bigint, width: number): string => value.toString(16).padStart(2 * width, "0");

/** Odd moduli with their width in bytes: of every length, full of ones, a power of two and one, and with leading zeros. */
const modulus = fc.integer({ min: 1, max: 512 }).chain((width) => {
  const most = 256n ** BigInt(width) - 1n;
  const any = fc.bigInt({ min: 0n, max: most });
  return fc
    .oneof(any, fc.constantFrom(most, most / 2n + 1n, most / 2n + 2n, most - 2n, 3n, 5n))
    .map((n) => ({ width, n: n | 1n }));
});

/** A half for n: at its edges, full of ones in part, or any. */
function half(n: bigint): fc.Arbitrary<bigint> {
  const edges = [0n, 1n, 2n, n - 1n, n - 2n, n / 2n, n / 2n + 1n].filter((one) => one >= 0n && one < n);
  return fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max: n - 1n }));
}

const question: fc.Arbitrary<Question> = modulus.chain(({ width, n }) => {
  const halves = fc.record({ lo: half(n), hi: half(n) });
  const operation = fc.constantFrom<Operation>("m", "s", "p", "r", "v");
  return fc.record({ operation, n: fc.constant(n), width: fc.constant(width), a: halves, b: halves });
});

(isThere ? describe : describe.skip)("the Montgomery ring in C", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-montgomery-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each([64, 32])("with limbs of %i bits", (bits) => {
    const program = join(folder, `limbs-${bits}`);

    beforeAll(() => {
      const sources = ["native/montgomery.c", "tests/native/montgomery-operations.c"].map((name) =>
        join(root, "hosts/moddable", name),
      );
      const checks = [
        "-Wall",
        "-Wextra",
        "-Wshadow",
        "-Werror",
        "-fsanitize=undefined",
        "-fsanitize-undefined-trap-on-error",
      ];
      const flags = ["-std=c11", "-O2", `-DCHOIR_LIMB_BITS=${bits}`, ...checks, "-o", program, ...sources];
      const { status, stderr } = spawnSync(compiler, flags, { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    });

    function answers(questions: readonly Question[]): readonly (string | undefined)[] {
      const input = Buffer.concat(questions.map(record));
      const { stdout, status } = spawnSync(program, { input, maxBuffer: 1 << 28 });
      expect(status).toBe(0);
      let at = 0;
      return questions.map(({ width }) => {
        if (stdout[at++] === 1) return undefined;
        at += 2 * width;
        return stdout.toString("hex", at - 2 * width, at);
      });
    }

    test("multiplies, squares, and gives elements back as plain integers do, whatever the modulus", () => {
      fc.assert(
        fc.property(fc.array(question, { minLength: 50, maxLength: 100 }), (questions) => {
          expect(answers(questions)).toEqual(questions.map(expected));
        }),
        // a smaller example would cost a process each
        { numRuns: 30, endOnFailure: true },
      );
    });

    test("is right where every carry and borrow runs through: all edges of all halves with all others", () => {
      for (const width of [1, 8, 9, 64, 384]) {
        const most = 256n ** BigInt(width) - 1n;
        for (const n of [most, most / 2n + 2n].map((one) => one | 1n)) {
          const edges = [...new Set([0n, 1n, n / 2n, n - 2n, n - 1n])];
          const elements = edges.flatMap((lo) => edges.map((hi) => ({ lo, hi })));
          const questions = elements.flatMap((a) =>
            elements.map((b): Question => ({ operation: "m", n, width, a, b })),
          );
          expect(answers(questions)).toEqual(questions.map(expected));
        }
      }
    });

    test("refuses moduli that are even or below 3, and halves and exponents that are not below n", () => {
      const zero = { lo: 0n, hi: 0n };
      const about = { width: 16, a: zero, b: zero };
      const n = 2n ** 127n + 5n;
      const [beyond, most] = [n, 2n ** 128n - 1n];
      const refused: Question[] = [
        ...[0n, 1n, 2n, 2n ** 100n].map((one) => ({ ...about, operation: "r", n: one }) as const),
        ...[beyond, most].flatMap((one) => [
          { ...about, operation: "r", n, a: { lo: one, hi: 0n } } as const,
          { ...about, operation: "m", n, b: { lo: 0n, hi: one } } as const,
          { ...about, operation: "p", n, b: { lo: one, hi: 0n } } as const,
        ]),
      ];
      expect(answers(refused)).toEqual(refused.map(() => undefined));
    });
  });
});
