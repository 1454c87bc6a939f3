/** Digest, Signer and verify: published answers, and nothing but false for what is malformed. */

import { asciiBytes, concatBytes, fromHex } from "../../../../core/bytes.ts";
import { type Case, check, material, same } from "../case.ts";
import {
  ED25519_ANSWERS,
  ED25519_WEAK_KEYS,
  ed25519Order,
  RUN_OF_LENGTHS,
  SHA256_ANSWERS,
  SHA512_ANSWERS,
} from "../known-answers.ts";

type Hash = (message: Uint8Array) => Uint8Array;

function runOfLengths(hash: Hash, most: number): Uint8Array {
  const digests: Uint8Array[] = [];
  for (let length = 0; length <= most; length++) {
    digests.push(hash(Uint8Array.from({ length }, (_, i) => i % 251)));
  }
  return hash(concatBytes(...digests));
}

/** The signature with the group's order added to its second half: the same equation, another encoding (RFC 8032, 5.1.7 refuses it). */
function withOrderAdded(signature: Uint8Array): Uint8Array {
  const changed = signature.slice();
  let carry = ed25519Order();
  for (let i = 32; i < 64; i++) {
    carry += BigInt(changed[i] ?? 0);
    changed[i] = Number(carry & 255n);
    carry >>= 8n;
  }
  return changed;
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

export const primitiveCases: readonly Case[] = [
  {
    name: "Digest: SHA-256 and SHA-512 give FIPS 180-4's answers",
    run: async ({ host: { digest } }) => {
      for (const { message, hex } of SHA256_ANSWERS) same(digest.sha256(asciiBytes(message)), fromHex(hex), message);
      for (const { message, hex } of SHA512_ANSWERS) same(digest.sha512(asciiBytes(message)), fromHex(hex), message);
    },
  },
  {
    name: "Digest: every length over the edges of three blocks is hashed right",
    run: async ({ host: { digest } }) => {
      const { sha256, sha512 } = RUN_OF_LENGTHS;
      same(
        runOfLengths((m) => digest.sha256(m), sha256.most),
        fromHex(sha256.hex),
        "SHA-256",
      );
      same(
        runOfLengths((m) => digest.sha512(m), sha512.most),
        fromHex(sha512.hex),
        "SHA-512",
      );
    },
  },
  {
    name: "Digest: a view is hashed, not the buffer behind it, and nothing in it changes",
    run: async ({ host: { digest } }) => {
      const buffer = asciiBytes("xabcx");
      same(digest.sha256(buffer.subarray(1, 4)), digest.sha256(asciiBytes("abc")), "SHA-256");
      same(digest.sha512(buffer.subarray(1, 4)), digest.sha512(asciiBytes("abc")), "SHA-512");
      same(buffer, asciiBytes("xabcx"), "the buffer");
    },
  },
  {
    name: "Signer: public key and signature are RFC 8032's, and verify",
    run: async ({ host: { signer, verify } }) => {
      for (const { name, seed, publicKey, message, signature } of ED25519_ANSWERS) {
        const identity = signer(fromHex(seed));
        same(identity.publicKey, fromHex(publicKey), `${name}, public key`);
        same(identity.sign(fromHex(message)), fromHex(signature), `${name}, signature`);
        check(verify(fromHex(publicKey), fromHex(message), fromHex(signature)), `${name} does not verify`);
      }
    },
  },
  {
    name: "Signer: keeps its identity when the seed it was made of is zeroed",
    run: async ({ host, host: { signer, verify } }) => {
      const seed = material(host, 9, 32);
      const identity = signer(seed);
      const message = asciiBytes("message");
      const before = identity.sign(message);
      seed.fill(0);
      same(identity.sign(message), before, "signature");
      check(verify(identity.publicKey, message, before), "it does not verify");
    },
  },
  {
    name: "verify: another key, message or signature is false",
    run: async ({ host, host: { signer, verify } }) => {
      const [ours, other] = [signer(material(host, 1, 32)), signer(material(host, 2, 32))];
      const message = material(host, 3, 100);
      const signature = ours.sign(message);
      check(verify(ours.publicKey, message, signature), "the signature itself");
      check(!verify(other.publicKey, message, signature), "another key");
      check(!verify(ours.publicKey, message, other.sign(message)), "another's signature");
      check(!verify(ours.publicKey, message.subarray(1), signature), "a shorter message");
      for (const bit of [0, 255, 256, 500]) {
        check(!verify(ours.publicKey, message, flipped(signature, bit)), `bit ${bit} of the signature flipped`);
      }
      check(!verify(ours.publicKey, flipped(message, 77), signature), "a bit of the message flipped");
    },
  },
  {
    name: "verify: malformed keys and signatures are false and never thrown",
    run: async ({ host, host: { signer, verify } }) => {
      const ours = signer(material(host, 1, 32));
      const message = material(host, 3, 100);
      const signature = ours.sign(message);
      check(!verify(ours.publicKey, message, withOrderAdded(signature)), "a second half beyond the group's order");
      for (const length of [0, 1, 63, 65, 128]) {
        const wrong = new Uint8Array(length);
        wrong.set(signature.subarray(0, length));
        check(!verify(ours.publicKey, message, wrong), `a signature of ${length} bytes`);
      }
      for (const length of [0, 31, 33, 64]) {
        const wrong = new Uint8Array(length);
        wrong.set(ours.publicKey.subarray(0, length));
        check(!verify(wrong, message, signature), `a key of ${length} bytes`);
      }
      // y = 2 is on no point of the curve
      check(!verify(Uint8Array.of(2, ...new Uint8Array(31)), message, signature), "a key that is no point");
      check(!verify(new Uint8Array(32).fill(255), message, signature), "a key beyond the field");
      check(!verify(ours.publicKey, message, new Uint8Array(64).fill(255)), "a signature of ones");
      check(!verify(ours.publicKey, message, new Uint8Array(64)), "a signature of zeros");
    },
  },
  {
    name: "verify: a key that everyone can sign for verifies nothing",
    run: async ({ host, host: { verify } }) => {
      for (const hex of ED25519_WEAK_KEYS) {
        // with s = 0 the equation asks for R = -k*A alone, which is one of these points
        for (const point of ED25519_WEAK_KEYS) {
          const signature = concatBytes(fromHex(point), new Uint8Array(32));
          check(!verify(fromHex(hex), material(host, 1, 20), signature), `key ${hex}, first half ${point}`);
        }
      }
    },
  },
];
