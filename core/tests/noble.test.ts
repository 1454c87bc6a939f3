/** The primitives in JavaScript: published vectors (FIPS 180-4, RFC 8032 section 7.1), and OpenSSL as the other opinion. */

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { asciiBytes, fromHex, toHex } from "../bytes.ts";
import { nobleDigest, nobleSigner, nobleVerify } from "../noble.ts";
import { digest, signerOf, verifySignature } from "./machine.ts";

/** RFC 8032, 7.1, tests 1 to 3. */
const ED25519 = [
  {
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    signature:
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  },
  {
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    signature:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  },
  {
    seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    signature:
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  },
] as const;

describe("digests", () => {
  test("are those of FIPS 180-4", () => {
    expect(toHex(nobleDigest.sha256(asciiBytes("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(toHex(nobleDigest.sha512(asciiBytes("abc")))).toBe(
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    );
  });

  test("are OpenSSL's for any message", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (message) => {
        expect(nobleDigest.sha256(message)).toEqual(digest.sha256(message));
        expect(nobleDigest.sha512(message)).toEqual(digest.sha512(message));
      }),
      { numRuns: 30 },
    );
  });
});

describe("signatures", () => {
  test.each(ED25519)("of RFC 8032 are made and verified: $message", ({ seed, publicKey, message, signature }) => {
    const signer = nobleSigner(fromHex(seed));
    expect(toHex(signer.publicKey)).toBe(publicKey);
    expect(toHex(signer.sign(fromHex(message)))).toBe(signature);
    expect(nobleVerify(fromHex(publicKey), fromHex(message), fromHex(signature))).toBe(true);
  });

  test("of any message are OpenSSL's, and each verifies the other's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array(), (seed, message) => {
        const [ours, theirs] = [nobleSigner(seed), signerOf(seed)];
        expect([ours.publicKey, ours.sign(message)]).toEqual([theirs.publicKey, theirs.sign(message)]);
        expect(nobleVerify(ours.publicKey, message, theirs.sign(message))).toBe(true);
        expect(verifySignature(ours.publicKey, message, ours.sign(message))).toBe(true);
      }),
      { numRuns: 5 },
    );
  });

  test("that are malformed, cut or by another are simply not valid", () => {
    const [{ publicKey, message, signature }, { publicKey: other }] = ED25519;
    const [key, text, good] = [fromHex(publicKey), fromHex(message), fromHex(signature)];
    const wrong = [good.slice(1), new Uint8Array(64), new Uint8Array(64).fill(255), new Uint8Array(0)];
    for (const signed of wrong) expect(nobleVerify(key, text, signed)).toBe(false);
    // all zeros is a point of small order, all ones is none
    for (const by of [fromHex(other), key.slice(1), new Uint8Array(32), new Uint8Array(32).fill(255)]) {
      expect(nobleVerify(by, text, good)).toBe(false);
    }
  });

  test("under a key of small order, which fit any message, are not valid", () => {
    const identity = Uint8Array.of(1, ...new Uint8Array(31));
    const fitsAll = Uint8Array.of(...identity, ...new Uint8Array(32));
    for (const message of ["", "00", "ff"]) expect(nobleVerify(identity, fromHex(message), fitsAll)).toBe(false);
  });

  test("stay possible when the caller's seed is wiped", () => {
    const [{ seed, signature }] = ED25519;
    const bytes = fromHex(seed);
    const signer = nobleSigner(bytes);
    bytes.fill(0);
    expect(toHex(signer.sign(new Uint8Array(0)))).toBe(signature);
  });
});
