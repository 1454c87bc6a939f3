/** Entropy: bytes that nobody foresees, or a refusal. */

import { equalBytes } from "../../../../core/bytes.ts";
import { type Case, check, refused, same } from "../case.ts";

/** Where the first boot leaves the first bytes that it draws, for the next one to compare with. */
const SAMPLE_KEY = "t/entropy";
const SAMPLE_BYTES = 32;

export const entropyCases: readonly Case[] = [
  {
    name: "Entropy: no two fills are alike",
    run: async ({ host: { entropy, store } }) => {
      const seen = new Set<string>();
      for (let i = 0; i < 100; i++) {
        const sample = new Uint8Array(SAMPLE_BYTES);
        entropy.fill(sample);
        seen.add(sample.join());
        // the first: what a machine draws that begins like the one before it
        if (i === 0) store.set(SAMPLE_KEY, sample);
      }
      same(seen.size, 100, "different fills");
    },
  },
  {
    name: "Entropy: fills all of what it is handed, and nothing beside it",
    run: async ({ host: { entropy } }) => {
      for (const length of [0, 1, 31, 64, 1000]) {
        const whole = new Uint8Array(length + 20);
        // sixteen fills leave a byte at zero once in 256^16 times
        const touched = new Uint8Array(length);
        for (let i = 0; i < 16; i++) {
          entropy.fill(whole.subarray(10, 10 + length));
          for (let j = 0; j < length; j++) touched[j] = (touched[j] ?? 0) | (whole[10 + j] ?? 0);
        }
        check(
          touched.every((byte) => byte !== 0),
          `a byte of ${length} stays zero`,
        );
        const beside = [...whole.subarray(0, 10), ...whole.subarray(10 + length)];
        check(
          beside.every((byte) => byte === 0),
          `bytes beside ${length} are touched`,
        );
      }
    },
  },
  {
    name: "Entropy: refuses until it is seeded, and leaves the bytes as they were",
    run: async ({ host: { entropy }, world }) => {
      await world.setSeeded(false);
      const bytes = new Uint8Array(32).fill(7);
      await refused("entropy_unseeded", () => entropy.fill(bytes), "an unseeded fill");
      await world.setSeeded(true);
      check(
        bytes.every((byte) => byte === 7),
        "a refused fill changes bytes",
      );
      entropy.fill(bytes);
      check(
        bytes.some((byte) => byte !== 7),
        "nothing is filled after seeding",
      );
    },
  },
];

export const entropyIsNotThatOfBefore: Case = {
  name: "Entropy: after a power cut it does not repeat itself",
  run: async ({ host: { entropy, store } }) => {
    const before = store.get(SAMPLE_KEY);
    same(before?.length, SAMPLE_BYTES, "the sample of the boot before");
    for (let i = 0; i < 200; i++) {
      const sample = new Uint8Array(SAMPLE_BYTES);
      entropy.fill(sample);
      check(before === undefined || !equalBytes(sample, before), `fill ${i} is the first of the boot before`);
    }
  },
};
