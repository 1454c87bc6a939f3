/** What the desktop is tried on beyond the suite: the native ring with limbs of the other width, and the ring in BigInt on the same engine. */

import { bigIntRing } from "../../../../core/paillier/ring.ts";
import { nativeRing, type RingFunctions } from "../../../moddable/ring.ts";
import { xsIntegers } from "../../../moddable/xs-integers.ts";
import type { Case } from "../../../tests/conformance/case.ts";
import { ringCases } from "../../../tests/conformance/cases/arithmetic.ts";

declare function native(name: string): { call(self: unknown, ...parameters: readonly unknown[]): unknown };

/** ring32.c; each cast states what the function of that name returns. */
const LIMBS_OF_32: RingFunctions = {
  prepare(n) {
    return native("choir_ring32_prepare").call(this, n) as ArrayBuffer | undefined;
  },
  multiply(modulus, a, b) {
    return native("choir_ring32_multiply").call(this, modulus, a, b) as ArrayBuffer;
  },
  square(modulus, a) {
    return native("choir_ring32_square").call(this, modulus, a) as ArrayBuffer;
  },
  timesPower(modulus, a, exponent) {
    return native("choir_ring32_times_power").call(this, modulus, a, exponent) as ArrayBuffer | undefined;
  },
  read(modulus, halves) {
    return native("choir_ring32_read").call(this, modulus, halves) as ArrayBuffer | undefined;
  },
  write(modulus, a) {
    return native("choir_ring32_write").call(this, modulus, a) as ArrayBuffer;
  },
  value(modulus, a) {
    return native("choir_ring32_value").call(this, modulus, a) as ArrayBuffer;
  },
};

export const nativeCases: readonly Case[] = [
  ...ringCases("Ring with 32-bit limbs", () => (n) => nativeRing(n, LIMBS_OF_32)),
  ...ringCases("Ring in BigInt", () => (n) => bigIntRing(n, xsIntegers)),
];
