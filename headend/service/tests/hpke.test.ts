/** HPKE: the RFC's vector, the reference's sealed shares, and that nothing is opened with another key, use, or a changed byte. */

import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { asciiBytes, concatBytes, fromHex, toHex } from "../../../core/bytes.ts";
import { sharedVector, sharedWireFile, testKey } from "../../../core/tests/vectors.ts";
import { decodeKeyShareFile, keyShareAad, keyShareInfo } from "../../../core/wire/key-share-file.ts";
import { decodeShare, shareAad, shareInfo } from "../../../core/wire/share.ts";
import { nodeSealingKey, type SealingKey, sealTo } from "../hpke.ts";

/** The DER in front of a raw X25519 key (RFC 8410, PKCS #8). */
const HEAD = fromHex("302e020100300506032b656e04220420");
const pemOf = (secret: Uint8Array): string =>
  createPrivateKey({ key: Buffer.from(concatBytes(HEAD, secret)), format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
const keyOf = (hex: string): SealingKey => nodeSealingKey(pemOf(fromHex(hex)), "test key");
const wrong = expect.objectContaining({ code: "sealing_wrong" });
const [info, aad] = [asciiBytes("info"), asciiBytes("aad")];

describe("what was sealed", () => {
  test("RFC 9180, A.1.1: the first encryption opens, with the RFC's keys", async () => {
    const key = keyOf("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
    expect(toHex(key.publicKey)).toBe("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
    const enc = "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431";
    const ciphertext = "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a";
    const rfcInfo = fromHex("4f6465206f6e2061204772656369616e2055726e");
    const plaintext = await key.open(rfcInfo, asciiBytes("Count-0"), fromHex(enc + ciphertext));
    expect(Buffer.from(plaintext).toString()).toBe("Beauty is truth, truth beauty");
  });

  test.each([512, 2048] as const)("v1: the reference's shares for the key of %i bits open", async (bits) => {
    const { messages, sealing } = sharedWireFile();
    const key = keyOf(sealing["provider"]?.secret ?? "");
    const shares = messages.filter(({ type, fields, bits: of }) => type === "share" && of === bits && fields["part"]);
    expect(shares.length).toBe(2);
    for (const { payload } of shares) {
      const share = decodeShare(fromHex(payload), testKey(bits).key, 4);
      const { answer, trustee } = share;
      if (answer.status !== "share") throw new Error("a refusal");
      const bytes = await key.open(shareInfo(), shareAad(share), answer.sealed);
      const index = sharedVector(bits).holders.findIndex(({ holder }) => holder === trustee);
      expect(toHex(bytes)).toBe(sharedVector(bits).partials[index]?.bytes);
    }
  });

  test("v1: the reference's shares of keys open, each with its holder's key alone", async () => {
    const { messages, sealing } = sharedWireFile();
    const files = messages.filter(({ type, bits }) => type === "key share file" && bits === 512);
    expect(files.length).toBe(4);
    for (const { payload } of files) {
      const file = decodeKeyShareFile(fromHex(payload), testKey(512).key);
      for (const { holder, share } of sharedVector(512).holders) {
        const opened = keyOf(sealing[holder]?.secret ?? "").open(keyShareInfo(), keyShareAad(file), file.sealed);
        if (holder === file.holder) expect(toHex(await opened)).toBe(share);
        else await expect(opened).rejects.toThrow(wrong);
      }
    }
  });

  test("comes back, of any length, and is never the same twice", async () => {
    const key = keyOf("01".repeat(32));
    for (const length of [0, 1, 1000]) {
      const plaintext = new Uint8Array(length).fill(7);
      const sealed = await sealTo(key.publicKey, info, aad, plaintext);
      expect(sealed.length).toBe(length + 48);
      expect(await key.open(info, aad, sealed)).toEqual(plaintext);
      expect(await sealTo(key.publicKey, info, aad, plaintext)).not.toEqual(sealed);
    }
  });

  test("is not opened by another key, for another use, with a byte changed or cut short", async () => {
    const key = keyOf("01".repeat(32));
    const sealed = await sealTo(key.publicKey, info, aad, asciiBytes("a share"));
    await expect(keyOf("02".repeat(32)).open(info, aad, sealed)).rejects.toThrow(wrong);
    await expect(key.open(aad, aad, sealed)).rejects.toThrow(wrong);
    await expect(key.open(info, info, sealed)).rejects.toThrow(wrong);
    for (const at of [0, 31, 32, sealed.length - 1]) {
      const changed = sealed.map((byte, i) => (i === at ? byte ^ 1 : byte));
      await expect(key.open(info, aad, changed)).rejects.toThrow(wrong);
    }
    for (const length of [0, 31, 32, 47, sealed.length - 1]) {
      await expect(key.open(info, aad, sealed.slice(0, length))).rejects.toThrow(wrong);
    }
  });
});

describe("a sealing key", () => {
  test("of small order, of another length or of none is sealed nothing to", async () => {
    const small = [
      "00".repeat(32),
      `01${"00".repeat(31)}`,
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      `ec${"ff".repeat(30)}7f`,
    ];
    for (const hex of [...small, "", "09", "11".repeat(33)]) {
      await expect(sealTo(fromHex(hex), info, aad, info)).rejects.toThrow(wrong);
    }
  });

  test("is an X25519 private key, and a refusal tells nothing of the file", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const other = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    for (const pem of [other, "", "secret words"]) {
      expect(() => nodeSealingKey(pem, "hpke.pem")).toThrow(
        expect.objectContaining({ code: "input_invalid", message: expect.not.stringContaining("secret") }),
      );
    }
  });

  test("prints nothing of its secret", () => {
    const key = keyOf("5a".repeat(32));
    const printed = inspect(key, { showHidden: true, depth: null }) + JSON.stringify(key);
    expect(printed).not.toMatch(/5a5a|90, 90|Wlpa/);
  });
});
