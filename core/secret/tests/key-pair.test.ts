/** Secret keys: every key generated is one that a key file accepts, and none of it is ever printed. */

import { checkPrimeSync } from "node:crypto";
import { format, inspect } from "node:util";
import { serialize } from "node:v8";
import { describe, expect, test } from "@jest/globals";
import { bitLength, gcd } from "../../integers.ts";
import { MODULUS_BITS, publicKey } from "../../paillier/public-key.ts";
import { integer, paillierVector } from "../../tests/vectors.ts";
import { generateSecretKey, SecretKey } from "../key-pair.ts";

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe("a generated key", () => {
  test("has exactly the bits asked for, p and q being distinct primes 3 mod 4 with gcd(p-1, q-1) = 2", () => {
    for (let round = 0; round < 24; round++) {
      const bits = 512 + 16 * (round % 3);
      const secret = generateSecretKey(bits);
      expect(publicKey(secret.n, 2n, MODULUS_BITS.tests).bits).toBe(bits);
      secret.use((p, q) => {
        expect([p % 4n, q % 4n, gcd(p - 1n, q - 1n)]).toEqual([3n, 3n, 2n]);
        expect([bitLength(p), bitLength(q), p === q]).toEqual([bits / 2, bits / 2, false]);
        expect([checkPrimeSync(p), checkPrimeSync(q), p * q === secret.n]).toEqual([true, true, true]);
      });
    }
  });

  test("is another one each time", () => {
    expect(generateSecretKey(512).n).not.toBe(generateSecretKey(512).n);
  });

  test("is refused below 512 bits and at widths that are no multiple of 16", () => {
    for (const bits of [0, 256, 496, 511, 520, 2056, 512.5, Number.NaN]) {
      expect(() => generateSecretKey(bits)).toThrow(code("key_too_short"));
    }
  });
});

describe("a secret key", () => {
  const { p, q } = paillierVector(512);
  const secret = new SecretKey(integer(p), integer(q));

  test("prints as nothing, however it is printed", () => {
    const wrapped = { secret, list: [secret], map: new Map([["key", secret]]) };
    const printed = [
      inspect(secret),
      inspect(secret, { showHidden: true, depth: null, getters: true }),
      inspect(secret, { customInspect: false, showHidden: true }),
      inspect(wrapped, { depth: null }),
      format("%s %o %O %j", secret, secret, secret, secret),
      JSON.stringify(wrapped),
      String(secret),
      `${secret}`,
      Object.entries(secret).join(),
      serialize(wrapped).toString("latin1"),
    ].join("\n");
    for (const factor of [integer(p), integer(q)]) {
      for (const radix of [10, 16, 36]) expect(printed).not.toContain(factor.toString(radix).slice(0, 12));
    }
    expect(inspect(secret)).toBe("SecretKey(hidden)");
    expect(JSON.parse(JSON.stringify({ secret }))).toEqual({ secret: "SecretKey(hidden)" });
  });

  test("has distinct factors of equal length, 3 mod 4, and names none of them in its refusal", () => {
    const [one, other] = [integer(p), integer(q)];
    for (const [a, b] of [
      [one, one],
      [one, other + 2n],
      [one - 2n, other],
      [one, 7n],
    ] as const) {
      expect(() => new SecretKey(a, b)).toThrow(code("value_out_of_range"));
      expect(() => new SecretKey(a, b)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/\d{5}/) }),
      );
    }
  });
});
