/** Core's primitives on node:crypto against core's own in JavaScript. */

import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { nobleDigest, nobleVerify } from "../../../core/noble.ts";
import { nodeAsyncVerifier, nodeDigest, nodeSigner, nodeVerifier } from "../crypto.ts";
import { Identity } from "./town.ts";

const message = Uint8Array.of(1, 2, 3);

describe("node's primitives", () => {
  test("hash as core's do", () => {
    expect(nodeDigest.sha256(message)).toEqual(nobleDigest.sha256(message));
    expect(nodeDigest.sha512(message)).toEqual(nobleDigest.sha512(message));
  });

  test("sign what core verifies, and verify the same, first and later times", () => {
    const { signer } = new Identity();
    const verify = nodeVerifier();
    const signature = signer.sign(message);
    expect(nobleVerify(signer.publicKey, message, signature)).toBe(true);
    for (let i = 0; i < 2; i++) expect(verify(signer.publicKey, message, signature)).toBe(true);
    expect(verify(new Identity().signer.publicKey, message, signature)).toBe(false);
    expect(verify(signer.publicKey, Uint8Array.of(1, 2), signature)).toBe(false);
  });

  test("refuse a signature whose s was moved by the group's order, and anything of a wrong length", async () => {
    const { signer } = new Identity();
    const verify = nodeVerifier();
    const signature = signer.sign(message);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + order;
    const moved = Buffer.concat([
      signature.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse(),
    ]);
    expect(verify(signer.publicKey, message, signature)).toBe(true);
    // with the identity as key, R = [s]B verifies any message: here s = 0 and R the identity
    const identity = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));
    expect(verify(identity, message, Buffer.concat([identity, new Uint8Array(32)]))).toBe(false);
    expect(verify(signer.publicKey, message, moved)).toBe(false);
    expect(verify(signer.publicKey, message, signature.subarray(1))).toBe(false);
    expect(verify(signer.publicKey.subarray(1), message, signature)).toBe(false);
    expect(verify(new Uint8Array(32).fill(0xff), message, signature)).toBe(false);
    for (const cores of [1, 2]) {
      const later = nodeAsyncVerifier(cores);
      expect(await later(signer.publicKey, message, signature)).toBe(true);
      expect(await later(signer.publicKey, message, moved)).toBe(false);
      expect(await later(signer.publicKey, message, signature.subarray(1))).toBe(false);
      expect(await later(identity, message, Buffer.concat([identity, new Uint8Array(32)]))).toBe(false);
    }
  });

  test("take Ed25519 keys only, and say nothing of what a bad file holds", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ format: "pem", type: "pkcs8" });
    for (const pem of [rsa as string, "secret words"]) {
      const read = (): unknown => nodeSigner(pem, "signing.pem");
      expect(read).toThrow(expect.objectContaining({ code: "input_invalid", subject: "signing.pem" }));
      expect(read).not.toThrow(/secret words/);
    }
  });
});
