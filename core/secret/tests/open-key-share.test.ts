/** A holder's share of a key out of the dealer's file: its own, of this key, and the one that everyone's verification value speaks of. */

import { describe, expect, test } from "@jest/globals";
import { fromHex, toHex } from "../../bytes.ts";
import { MODULUS_BITS } from "../../paillier/public-key.ts";
import type { Unseal } from "../../ports.ts";
import { digest, powerOf, verifySignature } from "../../tests/machine.ts";
import { sharedVector, sharedWireFile, wireFile } from "../../tests/vectors.ts";
import { type KeyFile, openKeyFile } from "../../wire/key-file.ts";
import { encodeKeyShareFile, keyShareAad, keyShareInfo } from "../../wire/key-share-file.ts";
import { openKeyShare } from "../open-key-share.ts";

const code = (wanted: string) => expect.objectContaining({ name: "ChoirError", code: wanted });
const { seeds, messages } = sharedWireFile();
const root = fromHex(seeds["root"]?.public ?? "");
const open = (hex = ""): KeyFile => openKeyFile(fromHex(hex), root, verifySignature, digest, MODULUS_BITS.tests);
const file = open(messages.find(({ type }) => type === "countersigned key")?.payload);
const { key, keyId } = file;
const powerMod = powerOf(key.nSquared);
const vector = sharedVector(512);
const bytes = encodeKeyShareFile({ keyId, holder: "trustee-1", sealed: new Uint8Array(2 * key.bytes + 48) });
/** A seal that was broken to show this. */
const unsealed =
  (share = ""): Unseal =>
  () =>
    Promise.resolve(fromHex(share));
const take = (holder: string, share: string | undefined, content = bytes) =>
  openKeyShare(content, file, holder, unsealed(share), powerMod);

describe("a share of a key", () => {
  test("is taken out of its holder's file, with its number, sealed for just this key and holder", async () => {
    const used: string[] = [];
    const unseal: Unseal = (info, aad) => {
      used.push(toHex(info), toHex(aad));
      return Promise.resolve(fromHex(vector.holders[1]?.share ?? ""));
    };
    const share = await openKeyShare(bytes, file, "trustee-1", unseal, powerMod);
    expect([share.index, share.useBytes(toHex)]).toEqual([2, vector.holders[1]?.share]);
    expect(used).toEqual([toHex(keyShareInfo()), toHex(keyShareAad({ keyId, holder: "trustee-1" }))]);
  });

  test("is refused when it is another holder's, another key's, or of a key that nobody shares", async () => {
    const own = vector.holders[1]?.share;
    await expect(take("trustee-2", own)).rejects.toThrow(code("member_unknown"));
    const sealed = new Uint8Array(2 * key.bytes + 48);
    const stranger = encodeKeyShareFile({ keyId, holder: "trustee-9", sealed });
    await expect(take("trustee-9", own, stranger)).rejects.toThrow(code("member_unknown"));
    const other = encodeKeyShareFile({ keyId: new Uint8Array(16), holder: "trustee-1", sealed });
    await expect(take("trustee-1", own, other)).rejects.toThrow(code("key_unknown"));
    const provider = open(wireFile().messages.find(({ type, bits }) => type === "key" && bits === 512)?.envelope);
    await expect(openKeyShare(bytes, provider, "trustee-1", unsealed(own), powerMod)).rejects.toThrow(
      code("key_unknown"),
    );
  });

  test("is refused when it is not the one that its verification value is of, or of another width", async () => {
    for (const wrong of [vector.holders[2]?.share, "00".repeat(128)]) {
      await expect(take("trustee-1", wrong)).rejects.toThrow(code("proof_wrong"));
    }
    await expect(take("trustee-1", vector.holders[1]?.share.slice(2))).rejects.toThrow(code("length_wrong"));
  });
});
