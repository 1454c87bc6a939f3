/** Signed files that trustees countersign: with `custody: shared` the root alone changes nothing (RFC 9338, abbreviated form; docs/PROTOCOL.md, Countersigned files). */

import { ChoirError } from "../errors.ts";
import type { Signer, Verify } from "../ports.ts";
import { checkAscending, encodeCbor, Fields, viewCbor } from "./cbor.ts";
import { COSE_SIGN1_TAG, countersignedBytes, type FileType, parseEnvelope, SIGNATURE_BYTES } from "./envelope.ts";
import { type Sharing, trusteesNeeded, trusteesOf } from "./sharing.ts";

/** A trustee's word that it has seen a file. */
export interface Countersignature {
  readonly trustee: string;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** A key file or roll: what the root signed, and who countersigned it; none is countersigned with `custody: provider`. */
export interface SignedFile {
  readonly envelope: Uint8Array;
  /** Ascending by trustee. */
  readonly countersignatures: readonly Countersignature[] | undefined;
}

/** The file's bytes. */
export function encodeSignedFile({ envelope, countersignatures }: SignedFile): Uint8Array {
  if (countersignatures === undefined) return envelope;
  return encodeCbor([envelope, countersignatures.map(({ trustee, signature }) => [trustee, signature])]);
}

/** Takes a file apart into views of `bytes`; nothing of it is checked yet. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong. */
export function decodeSignedFile(bytes: Uint8Array, name: string): SignedFile {
  if (bytes[0] === COSE_SIGN1_TAG) return { envelope: bytes, countersignatures: undefined };
  const fields = new Fields(viewCbor(bytes, name), name, 2);
  const countersignatures = fields.list(1, "countersignatures", (value, label): Countersignature => {
    const one = new Fields(value, label, 2);
    return { trustee: one.id(0, "trustee"), signature: one.bytes(1, "signature", SIGNATURE_BYTES) };
  });
  checkAscending(
    countersignatures.map(({ trustee }) => trustee),
    `${name}.countersignatures`,
  );
  return { envelope: fields.bytes(0, "file"), countersignatures };
}

/** The file with a trustee's countersignature, in place of an earlier one of the same trustee. @throws ChoirError as `parseEnvelope`. */
export function countersign(type: FileType, file: SignedFile, trustee: string, signer: Signer): SignedFile {
  const signature = signer.sign(countersignedBytes(type, parseEnvelope(type, file.envelope)));
  const others = (file.countersignatures ?? []).filter((one) => one.trustee !== trustee);
  const countersignatures = [...others, { trustee, signature }].sort((a, b) => (a.trustee < b.trustee ? -1 : 1));
  return { envelope: file.envelope, countersignatures };
}

/**
 * Refuses a file that too few trustees countersigned: as many must have as an opening needs beside the provider. Every countersignature that is
 * there must hold; a key that nobody shares has none.
 * @param sharing of the key that the file is, or is for; none with `custody: provider`
 * @throws ChoirError countersignatures_missing, signer_unknown, signature_wrong, type_wrong for a countersigned file where none can be.
 */
export function checkCountersignatures(
  type: FileType,
  file: SignedFile,
  sharing: Sharing | undefined,
  verify: Verify,
): void {
  const { envelope, countersignatures } = file;
  if (sharing === undefined) {
    if (countersignatures === undefined) return;
    throw new ChoirError("type_wrong", `${type} file`, "no countersignatures with custody: provider", "some");
  }
  const trustees = trusteesOf(sharing);
  const signed = countersignedBytes(type, parseEnvelope(type, envelope));
  for (const { trustee, signature } of countersignatures ?? []) {
    const known = trustees.find(({ holder }) => holder === trustee);
    if (known === undefined) {
      throw new ChoirError("signer_unknown", `${type} file`, "countersignatures of trustees", trustee);
    }
    if (!verify(known.signingKey, signed, signature)) {
      throw new ChoirError("signature_wrong", `${type} file`, `the countersignature of ${trustee}`, "another");
    }
  }
  const [needed, found] = [trusteesNeeded(sharing), countersignatures?.length ?? 0];
  if (found < needed) {
    throw new ChoirError(
      "countersignatures_missing",
      `${type} file`,
      `${needed} trustees' countersignatures`,
      `${found}`,
    );
  }
}
