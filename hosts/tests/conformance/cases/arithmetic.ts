/** Ring and Table: arithmetic mod n^2 against plain integers, and the comb table as it was handed to the machine. */

import { power } from "../../../../core/integers.ts";
import { COMB_ENTRIES } from "../../../../core/paillier/comb.ts";
import { fromResidue, type Ring, toResidue } from "../../../../core/paillier/ring.ts";
import type { Host } from "../../../../firmware/host.ts";
import { type Case, check, material, refused, same } from "../case.ts";

/** Widths of n in bits: the least of tests, and the product's. */
const WIDTHS = [512, 3072];
const RANDOM_RESIDUES = 8;

/** An odd modulus of exactly `bits` bits; the ring does not ask for its factors. */
function modulus(host: Host, bits: number): bigint {
  const bytes = material(host, bits, bits / 8);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) | 1;
  return plainInteger(bytes);
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
    { length: RANDOM_RESIDUES },
    (_, i) => plainInteger(material(host, 1000 + i, bits / 4)) % square,
  );
  return [...edges, ...random];
}

function residueIsReduced(ring: Ring, { lo, hi }: { readonly lo: bigint; readonly hi: bigint }): boolean {
  return lo >= 0n && lo < ring.n && hi >= 0n && hi < ring.n;
}

export const arithmeticCases: readonly Case[] = [
  {
    name: "Ring: products and squares mod n^2 are those of plain integers, at the edges too",
    run: async ({ host }) => {
      for (const bits of WIDTHS) {
        const n = modulus(host, bits);
        const ring = host.ring(n);
        same(ring.n, n, "n");
        const among = values(host, n, bits);
        // values are named by their index: writing them in decimal costs more than all the arithmetic
        among.forEach((a, i) => {
          const square = ring.square(toResidue(a, n));
          same(fromResidue(square, n), (a * a) % (n * n), `${bits} bits, square of value ${i}`);
          check(residueIsReduced(ring, square), `${bits} bits, square of value ${i} is not reduced`);
          among.forEach((b, j) => {
            const product = ring.multiply(toResidue(a, n), toResidue(b, n));
            same(fromResidue(product, n), (a * b) % (n * n), `${bits} bits, value ${i} times value ${j}`);
            check(residueIsReduced(ring, product), `${bits} bits, value ${i} times value ${j} is not reduced`);
          });
        });
      }
    },
  },
  {
    name: "Ring: integers become big-endian bytes of a width and come back",
    run: async ({ host }) => {
      for (const bits of WIDTHS) {
        const ring = host.ring(modulus(host, bits));
        for (const width of [1, 7, 8, 9, bits / 8, bits / 4]) {
          for (const bytes of [new Uint8Array(width), new Uint8Array(width).fill(255), material(host, width, width)]) {
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
    name: "Ring: a value that does not fit its width, or is negative, is refused",
    run: async ({ host }) => {
      const ring = host.ring(modulus(host, 512));
      for (const width of [1, 8, 9, 64]) {
        for (const value of [256n ** BigInt(width), 256n ** BigInt(width + 8), -1n, -(256n ** BigInt(width))]) {
          await refused("value_out_of_range", () => ring.toBytes(value, width), `a value outside in ${width} bytes`);
        }
      }
    },
  },
  {
    name: "Table: every entry is there, byte for byte, and the digest is that of all of them",
    run: async ({ host, world }) => {
      const { table, residueBytes } = await world.table();
      same(table.length, COMB_ENTRIES * 2 * residueBytes, "bytes in all");
      for (let index = 0; index < COMB_ENTRIES; index++) {
        const expected = table.subarray(2 * index * residueBytes, 2 * (index + 1) * residueBytes);
        same(host.table?.entry(index), expected, `entry ${index}`);
      }
      same(host.table?.digest(), host.digest.sha256(table), "digest");
    },
  },
  {
    name: "Ring: a power by squares and products is the power",
    run: async ({ host }) => {
      const n = modulus(host, 512);
      const ring = host.ring(n);
      const base = plainInteger(material(host, 3, 128)) % (n * n);
      const exponent = plainInteger(material(host, 4, 8));
      let result = toResidue(1n, n);
      for (const bit of exponent.toString(2)) {
        result = ring.square(result);
        if (bit === "1") result = ring.multiply(result, toResidue(base, n));
      }
      same(fromResidue(result, n), power(base, exponent, n * n), "power");
    },
  },
];
