/** A holder takes its share of a key out of the dealer's file, and holds it against the verification value that everyone knows. */

import { ChoirError } from "../errors.ts";
import type { Power, Unseal } from "../ports.ts";
import { checkKeyId, type KeyFile } from "../wire/key-file.ts";
import { decodeKeyShareFile, keyShareAad, keyShareInfo } from "../wire/key-share-file.ts";
import { holderIndex } from "../wire/sharing.ts";
import { KeyShare } from "./key-share.ts";
import { shareFits } from "./partial-decryption.ts";

/**
 * The share in a file. One power mod n^2.
 * @param powerMod powers mod n^2, as `ShareTools` has them
 * @throws ChoirError key_unknown for another key's share and a key that nobody shares, member_unknown for another holder's, sealing_wrong for one
 *   that was sealed to another, proof_wrong for one that is not what its verification value says, and the decoder's codes.
 */
export async function openKeyShare(
  bytes: Uint8Array,
  keyFile: KeyFile,
  holder: string,
  unseal: Unseal,
  powerMod: Power,
): Promise<KeyShare> {
  const { key, sharing } = keyFile;
  if (sharing === undefined) throw new ChoirError("key_unknown", "key share", "a key with custody: shared", "another");
  const file = decodeKeyShareFile(bytes, key);
  checkKeyId(file.keyId, keyFile, "key share.key id");
  if (file.holder !== holder) throw new ChoirError("member_unknown", "key share.holder", holder, file.holder);
  const index = holderIndex(sharing, holder);
  const value = await unseal(keyShareInfo(), keyShareAad(file), file.sealed);
  if (value.length !== 2 * key.bytes) {
    throw new ChoirError("length_wrong", "key share", `${2 * key.bytes} bytes`, `${value.length}`);
  }
  const share = new KeyShare(index, value);
  value.fill(0);
  // the list has an element at each holder's number
  const listed = sharing.holders[index - 1] as (typeof sharing.holders)[number];
  if (!shareFits(powerMod, { key, sharing, holder: listed }, share)) {
    throw new ChoirError("proof_wrong", "key share", "the share that its verification value is of", "another");
  }
  return share;
}
