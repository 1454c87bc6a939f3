/** Ring: arithmetic mod n^2, of a host's ring or of any other, against plain integers. */

import { concatBytes } from "../../../../core/bytes.ts";
import { power } from "../../../../core/integers.ts";
import { elementOf, integerOf, type Ring, toResidue } from "../../../../core/paillier/ring.ts";
import type { Host } from "../../../../firmware/host.ts";
import { type Case, material, refused, same } from "../case.ts";

/** Makes the ring of a modulus. */
type RingOf = (host: Host) => (n: bigint) => Ring;

const RANDOM_VALUES = 8;

/** An odd modulus of exactly `bits` bits; the ring does not ask for its factors. */
function modulus(host: Host, bits: number): bigint {
  const bytes = material(host, bits, bits / 8);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) | 1;
  return plainInteger(bytes);
}

/** Moduli by their bits: the least of tests, the edges of that width, one that fills no whole words, and the product's. */
function moduli(host: Host): readonly { readonly bits: number; readonly n: bigint }[] {
  return [
    { bits: 512, n: modulus(host, 512) },
    { bits: 512, n: 2n ** 512n - 1n },
    { bits: 512, n: 2n ** 511n + 1n },
    { bits: 528, n: modulus(host, 528) },
    { bits: 3072, n: modulus(host, 3072) },
  ];
}

/** Byte by byte, so that it shares nothing with what is tested. */
function plainInteger(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return value;
}

/** The edges of the ring, and numbers from all over it. */
function values(host: Host, n: bigint, bits: number): readonly bigint[] {
  const square = n * n;
  const edges = [0n, 1n, 2n, n - 1n, n, n + 1n, 2n * n, n * (n - 1n), square - n, square - 2n, square - 1n];
  const random = Array.from(
    { length: RANDOM_VALUES },
    (_, i) => plainInteger(material(host, 1000 + i, bits / 4)) % square,
  );
  return [...edges, ...random];
}

/** Two halves as a ring hands them out. */
function halvesOf(value: bigint, n: bigint, width: number): Uint8Array {
  const { lo, hi } = toResidue(value, n);
  return concatBytes(plainBytes(lo, width), plainBytes(hi, width));
}

function plainBytes(value: bigint, width: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * (width - 1 - i))) & 255n));
}

/** The promises of a ring; `name` tells one ring from another. */
export function ringCases(name: string, ringOf: RingOf): readonly Case[] {
  return [
    {
      name: `${name}: products and squares mod n^2 are those of plain integers, at the edges too`,
      run: async ({ host }) => {
        for (const { bits, n } of moduli(host)) {
          const ring = ringOf(host)(n);
          same(ring.n, n, "n");
          const among = values(host, n, bits);
          const elements = among.map((value) => elementOf(ring, value));
          // values are named by their index: writing them in decimal costs more than all the arithmetic
          elements.forEach((a, i) => {
            const x = among[i] ?? 0n;
            same(integerOf(ring, ring.square(a)), (x * x) % (n * n), `${bits} bits, square of value ${i}`);
            elements.forEach((b, j) => {
              const product = (x * (among[j] ?? 0n)) % (n * n);
              same(integerOf(ring, ring.multiply(a, b)), product, `${bits} bits, value ${i} times value ${j}`);
            });
          });
        }
      },
    },
    {
      name: `${name}: elements come from halves and go back to them, byte for byte, and their values are those of plain integers`,
      run: async ({ host }) => {
        for (const { bits, n } of moduli(host)) {
          const ring = ringOf(host)(n);
          values(host, n, bits).forEach((value, i) => {
            const halves = halvesOf(value, n, bits / 8);
            const element = ring.fromHalves(halves);
            same(ring.toHalves(element), halves, `${bits} bits, halves of value ${i}`);
            same(ring.valueBytes(element), plainBytes(value, bits / 4), `${bits} bits, bytes of value ${i}`);
          });
        }
      },
    },
    {
      name: `${name}: halves that are not below n, or are longer or shorter, are refused`,
      run: async ({ host }) => {
        for (const { bits, n } of moduli(host)) {
          const ring = ringOf(host)(n);
          const width = bits / 8;
          const [good, bad] = [plainBytes(n - 1n, width), [plainBytes(n, width), new Uint8Array(width).fill(255)]];
          for (const one of bad) {
            for (const halves of [concatBytes(one, good), concatBytes(good, one), concatBytes(one, one)]) {
              await refused("value_out_of_range", () => ring.fromHalves(halves), `${bits} bits, halves beyond n`);
            }
          }
          for (const length of [0, width, 2 * width - 1, 2 * width + 1]) {
            await refused(
              "length_wrong",
              () => ring.fromHalves(new Uint8Array(length)),
              `${bits} bits, ${length} bytes`,
            );
          }
        }
      },
    },
    {
      name: `${name}: a power of 1 + n times an element is 1 + exponent * n times its value`,
      run: async ({ host }) => {
        for (const { bits, n } of moduli(host)) {
          const ring = ringOf(host)(n);
          const among = values(host, n, bits);
          const exponents = [0n, 1n, plainInteger(material(host, 5, 20)), n - 1n, n, n + 1n, n * n - 1n];
          among.forEach((value, i) => {
            exponents.forEach((exponent, j) => {
              const power = integerOf(ring, ring.timesPower(elementOf(ring, value), exponent));
              same(power, (value * (1n + exponent * n)) % (n * n), `${bits} bits, value ${i}, exponent ${j}`);
            });
          });
        }
      },
    },
    {
      name: `${name}: integers become big-endian bytes of a width and come back`,
      run: async ({ host }) => {
        for (const { bits, n } of moduli(host)) {
          const ring = ringOf(host)(n);
          for (const width of [1, 7, 8, 9, bits / 8, bits / 4]) {
            for (const bytes of [
              new Uint8Array(width),
              new Uint8Array(width).fill(255),
              material(host, width, width),
            ]) {
              const value = plainInteger(bytes);
              same(ring.fromBytes(bytes), value, `integer of ${width} bytes`);
              same(ring.toBytes(value, width), bytes, `${width} bytes of an integer`);
              same(ring.toBytes(value, width + 3).subarray(3), bytes, `${width + 3} bytes of it`);
            }
          }
          same(ring.fromBytes(Uint8Array.of(9, 1, 2, 9).subarray(1, 3)), 258n, "integer of a view");
          same(ring.fromBytes(new Uint8Array(0)), 0n, "integer of no bytes");
        }
      },
    },
    {
      name: `${name}: a value that does not fit its width, or is negative, is refused`,
      run: async ({ host }) => {
        const ring = ringOf(host)(modulus(host, 512));
        for (const width of [1, 8, 9, 64]) {
          for (const value of [256n ** BigInt(width), 256n ** BigInt(width + 8), -1n, -(256n ** BigInt(width))]) {
            await refused("value_out_of_range", () => ring.toBytes(value, width), `a value outside in ${width} bytes`);
          }
        }
      },
    },
    {
      name: `${name}: a power by squares and products is the power`,
      run: async ({ host }) => {
        const n = modulus(host, 512);
        const ring = ringOf(host)(n);
        const base = plainInteger(material(host, 3, 128)) % (n * n);
        const exponent = plainInteger(material(host, 4, 8));
        const factor = elementOf(ring, base);
        let result = elementOf(ring, 1n);
        for (const bit of exponent.toString(2)) {
          result = ring.square(result);
          if (bit === "1") result = ring.multiply(result, factor);
        }
        same(integerOf(ring, result), power(base, exponent, n * n), "power");
      },
    },
  ];
}

export const arithmeticCases: readonly Case[] = ringCases("Ring", ({ ring }) => ring);
