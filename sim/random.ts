/** Seeded numbers for simulations, never for secrets: xoshiro128** 1.1 (Blackman, Vigna, "Scrambled linear pseudorandom number generators", 2021), one stream per name. */

import { createHash } from "node:crypto";

/** What a simulation draws from. Every draw moves the stream on. */
export interface Random {
  /** Uniform in 0 to 2^32 - 1. */
  uint32(): number;
  /** Uniform in [0, 1), in steps of 2^-32. */
  fraction(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** A whole number, uniform in low to high, both included. */
  integer(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(items: readonly T[]): T;
  /** The same items in a random order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[];
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The generator from a state of four 32-bit words, not all zero. */
export function xoshiro128StarStar(a: number, b: number, c: number, d: number): Random {
  let [s0, s1, s2, s3] = [a | 0, b | 0, c | 0, d | 0];

  const uint32 = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return result;
  };
  const fraction = (): number => uint32() / 2 ** 32;
  const between = (low: number, high: number): number => low + fraction() * (high - low);
  const integer = (low: number, high: number): number => low + Math.floor(fraction() * (high - low + 1));

  return {
    uint32,
    fraction,
    between,
    integer,
    chance: (probability) => fraction() < probability,
    // The index is below the length, so the item is there whenever the list is not empty, as the contract asks.
    pick: <T>(items: readonly T[]) => items[integer(0, items.length - 1)] as T,
    shuffled: <T>(items: readonly T[]) => {
      const result = [...items];
      for (let i = result.length - 1; i > 0; i--) {
        const j = integer(0, i);
        // Both indices are below the length.
        [result[i], result[j]] = [result[j] as T, result[i] as T];
      }
      return result;
    },
  };
}

/** The stream named by `labels` under `seed`: equal names give equal numbers, and a draw from one moves no other. */
export function stream(seed: string, ...labels: readonly (string | number)[]): Random {
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...labels]))
    .digest();
  return xoshiro128StarStar(
    digest.readInt32LE(0),
    digest.readInt32LE(4),
    digest.readInt32LE(8),
    digest.readInt32LE(12),
  );
}
