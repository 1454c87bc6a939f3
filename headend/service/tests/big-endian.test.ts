/** Integers as big-endian bytes: core's own conversion, only faster. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { bytesToInteger, integerToBytes } from "../../../core/integers.ts";
import { bytesOf, integerOf } from "../big-endian.ts";

describe("big-endian bytes", () => {
  test("are what core makes of an integer, and give it back, whatever their width", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const value = bytesToInteger(bytes);
        expect(integerOf(bytes)).toBe(value);
        expect(Uint8Array.from(bytesOf(value, bytes.length))).toEqual(integerToBytes(value, bytes.length));
      }),
    );
  });

  test("of none are 0, and a part of a greater array is read alone", () => {
    expect(integerOf(new Uint8Array(0))).toBe(0n);
    expect(integerOf(Uint8Array.of(9, 1, 2, 9).subarray(1, 3))).toBe(0x0102n);
  });
});
