/** Each decoder refuses a message with a fault by the code of that fault, and accepts what is sound. */

import { describe, expect, test } from "@jest/globals";
import { configurationCases } from "./configuration-cases.ts";
import { decoderOf, decoders } from "./decoders.ts";
import { encodingCases } from "./encoding-cases.ts";
import { messageCases } from "./message-cases.ts";
import { sharedCases } from "./shared-cases.ts";

const cases = [...encodingCases, ...messageCases, ...configurationCases, ...sharedCases];

describe("a message with a fault is refused with that fault's code", () => {
  test.each(cases)("%s: %s: %s", (name, code, _, bytes) => {
    expect(() => decoderOf(name).again(bytes)).toThrow(expect.objectContaining({ name: "ChoirError", code }));
  });

  test.each(decoders)("each code of the $name decoder has a case, and no other code has", ({ name, codes }) => {
    const tried = new Set(cases.filter(([decoder]) => decoder === name).map(([, code]) => code));
    expect([...tried].sort()).toEqual([...codes].sort());
  });
});

test.each(decoders)("the $name decoder accepts its sound messages, and gives back their bytes", ({ corpus, again }) => {
  expect(corpus.length).toBeGreaterThan(0);
  for (const bytes of corpus) expect(again(bytes)).toEqual(bytes);
});
