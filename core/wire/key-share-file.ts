/** The file that brings a holder its share of a key, sealed to it by the dealer (docs/PROTOCOL.md, Sealing). */

import { asciiBytes } from "../bytes.ts";
import type { PublicKey } from "../paillier/public-key.ts";
import { decodeCbor, encodeCbor, Fields } from "./cbor.ts";
import { KEY_ID_BYTES } from "./reading.ts";
import { SEALING_BYTES } from "./share.ts";

/** A sealed share of a key. */
export interface KeyShareFile {
  readonly keyId: Uint8Array;
  readonly holder: string;
  /** s_i as 2k bytes, sealed to the holder. */
  readonly sealed: Uint8Array;
}

/** HPKE's info of a share of a key. */
export function keyShareInfo(): Uint8Array {
  return asciiBytes("choir/v1/key-share");
}

/** HPKE's associated data: what the file says in the clear. */
export function keyShareAad({ keyId, holder }: Pick<KeyShareFile, "keyId" | "holder">): Uint8Array {
  return encodeCbor([keyId, holder]);
}

/** The file's bytes. */
export function encodeKeyShareFile({ keyId, holder, sealed }: KeyShareFile): Uint8Array {
  return encodeCbor([keyId, holder, sealed]);
}

/** Takes a file apart. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong. */
export function decodeKeyShareFile(bytes: Uint8Array, key: Pick<PublicKey, "bytes">): KeyShareFile {
  const fields = new Fields(decodeCbor(bytes, "key share file"), "key share file", 3);
  return {
    keyId: fields.bytes(0, "key id", KEY_ID_BYTES),
    holder: fields.id(1, "holder"),
    sealed: fields.bytes(2, "sealed share", 2 * key.bytes + SEALING_BYTES),
  };
}
