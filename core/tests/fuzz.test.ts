/** Fuzz: 100,000 damaged messages for each decoder, which refuses each by a code of its own or gives back its very bytes. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ChoirError } from "../errors.ts";
import { decoders } from "./decoders.ts";
import { type Fates, MESSAGES } from "./fuzz-worker.ts";

describe("of 100,000 damaged messages", () => {
  let worker: Worker;
  beforeAll(() => {
    worker = new Worker(new URL("./fuzz-worker.js", import.meta.url));
  });
  afterAll(() => worker.terminate());

  test.each(decoders)(
    "the $name decoder refuses each by one of its codes or accepts exactly its bytes",
    async (decoder) => {
      worker.postMessage(decoder.name);
      // the worker answers each name with its fates
      const [fates] = (await once(worker, "message")) as [Fates];
      const allowed = new Set<string>(["accepted", ...decoder.codes]);
      expect(Object.entries(fates).filter(([name]) => !allowed.has(name))).toEqual([]);
      // the damage reaches every check, and leaves some messages sound
      expect(Object.keys(fates).sort()).toEqual([...allowed].sort());
      expect(Object.values(fates).reduce((sum, { count }) => sum + count, 0)).toBe(MESSAGES);
    },
  );
});

test("lengths and counts that are not there reserve no memory", () => {
  const before = process.memoryUsage().arrayBuffers;
  for (const { again, corpus } of decoders) {
    for (const hex of [
      "5a7fffffff",
      "7a7fffffff",
      "9a7fffffff",
      "ba7fffffff",
      "5b001fffffffffffff",
      "9b001fffffffffffff",
    ]) {
      const head = Buffer.from(hex, "hex");
      for (const bytes of [head, Buffer.concat([Uint8Array.of(0x81), head, ...corpus.slice(0, 1)])]) {
        expect(() => again(bytes)).toThrow(ChoirError);
      }
    }
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 26);
});
