/** What the console is made of: lines out of any pieces of bytes, and base64 read strictly. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fromBase64, toBase64 } from "../base64.ts";
import { LineReader } from "../lines.ts";

/** What a reader of lines of up to 10 characters makes of these pieces. */
function read(...pieces: readonly Uint8Array[]): readonly string[] {
  const found: string[] = [];
  const reader = new LineReader(10, { line: (text) => found.push(text), tooLong: () => found.push("(too long)") });
  for (const piece of pieces) reader.push(piece);
  return found;
}

describe("lines", () => {
  test.each([
    ["one\ntwo\n", ["one", "two"]],
    ["one\r\ntwo", ["one"]],
    ["\n\r\n", ["", ""]],
    ["1234567890\n", ["1234567890"]],
    ["12345678901\nnext\n", ["(too long)", "next"]],
    ["x".repeat(5000).concat("\nnext\n"), ["(too long)", "next"]],
    ["1234567890\r\n", ["1234567890"]],
    ["\u00ff\u0000\n", ["\u00ff\u0000"]],
  ])("%j is cut at its line feeds, and a line that is too long is told and left out", (text, lines) => {
    expect(read(Buffer.from(text, "latin1"))).toEqual(lines);
  });

  test("are the same whatever pieces they come in", () => {
    const pieces = fc.array(
      fc.uint8Array({ maxLength: 25 }).map((bytes) => bytes.map((byte) => (byte < 60 ? 10 : byte))),
    );
    fc.assert(fc.property(pieces, (some) => expect(read(...some)).toEqual(read(Buffer.concat([...some])))));
  });
});

describe("base64", () => {
  test("is read as Node writes it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(fromBase64(Buffer.from(bytes).toString("base64"), "text")).toEqual(bytes);
      }),
    );
  });

  test("has one text for each bytes: any other text is refused, or is the one that Node writes", () => {
    const character = fc.constantFrom(..."AQgw/+z9=-_ \n");
    fc.assert(
      fc.property(fc.array(character, { maxLength: 9 }), (characters) => {
        const text = characters.join("");
        let bytes: Uint8Array;
        try {
          bytes = fromBase64(text, "text");
        } catch (error) {
          expect(error).toMatchObject({ code: "input_invalid" });
          return;
        }
        expect(Buffer.from(bytes).toString("base64")).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  test.each(["A", "AA", "AAA", "AA=A", "A===", "====", "=", "AB==", "AAB=", "AA==AA==", "AAA\n", "AA-_"])(
    "that is %j is refused",
    (text) => {
      expect(() => fromBase64(text, "text")).toThrow(/input_invalid/);
    },
  );
});
