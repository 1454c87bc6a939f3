/** The netstring reader against arbitrary messages, arbitrary chunking and every kind of bad frame. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { hasCode } from "../../../core/errors.ts";
import { encodeNetstring, NetstringReader } from "../netstring.ts";
import { bytesOf, textOf } from "./with-worker.ts";

/** What the reader delivered, and whether it then refused the stream. */
function read(chunks: readonly Uint8Array[], maxBytes?: number): { messages: number[][]; refused: boolean } {
  const messages: number[][] = [];
  const reader = new NetstringReader((message) => messages.push([...message]), maxBytes);
  try {
    for (const chunk of chunks) reader.push(chunk);
    return { messages, refused: false };
  } catch (error) {
    if (!hasCode(error, "engine_failed")) throw error;
    return { messages, refused: true };
  }
}

/** The bytes cut at the given places, in any order and repetition. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
const places = fc.array(fc.nat(10_000), { maxLength: 40 });

describe("netstring", () => {
  test("a netstring is its length, a colon, the parts and a comma", () => {
    expect(textOf(encodeNetstring(bytesOf("hello "), bytesOf("world!")))).toBe("12:hello world!,");
    expect(textOf(encodeNetstring())).toBe("0:,");
  });

  test("messages arrive whole and in order however the bytes are cut", () => {
    fc.assert(
      fc.property(messages, places, (sent, where) => {
        const stream = Buffer.concat(sent.map((message) => encodeNetstring(message)));
        expect(read(cut(stream, where))).toEqual({ messages: sent.map((message) => [...message]), refused: false });
      }),
    );
  });

  test("what a stream of any bytes means does not depend on how it is cut", () => {
    const almost = fc.array(fc.constantFrom(...bytesOf("0123:,x")), { maxLength: 40 }).map((b) => Uint8Array.from(b));
    fc.assert(
      fc.property(almost, places, (stream, where) => expect(read(cut(stream, where))).toEqual(read([stream]))),
      {
        numRuns: 1000,
      },
    );
  });

  test.each([
    ["no length", ":a,"],
    ["a sign", "+1:a,"],
    ["a space before the length", " 1:a,"],
    ["a leading zero", "01:a,"],
    ["a letter in the length", "1x:a,"],
    ["no comma", "1:ab"],
    ["a length above the limit", "17:"],
  ])("%s is refused, and so is every byte after it", (_, text) => {
    const delivered: Uint8Array[] = [];
    const reader = new NetstringReader((message) => delivered.push(message), 16);
    expect(() => reader.push(bytesOf(`2:ok,${text}`))).toThrow("netstring");
    expect(delivered.map(textOf)).toEqual(["ok"]);
    expect(() => reader.push(bytesOf("2:ok,"))).toThrow("netstring");
    expect(delivered.length).toBe(1);
  });

  test("a delivered message does not change with the chunk it came in", () => {
    const chunk = bytesOf("3:abc,");
    const delivered: Uint8Array[] = [];
    new NetstringReader((message) => delivered.push(message)).push(chunk);
    chunk.fill(0);
    expect(delivered.map(textOf)).toEqual(["abc"]);
  });
});
