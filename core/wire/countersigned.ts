/** Signed files that trustees countersign: with `custody: shared` the root alone changes nothing (RFC 9338, abbreviated form; docs/PROTOCOL.md, Countersigned files). */

import { ChoirError } from "../errors.ts";
import type { Signer, Verify } from "../ports.ts";
import { checkAscending, encodeCbor, Fields, viewCbor, walkCbor } from "./cbor.ts";
import { COSE_SIGN1_TAG, countersignedBytes, type FileType, parseEnvelope, SIGNATURE_BYTES } from "./envelope.ts";
import type { Signatories } from "./sharing.ts";

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
  /** Of a key file, by trustees of the one before it that are not its own; ascending by trustee, none is no list. */
  readonly succession?: readonly Countersignature[];
}

/** The file's bytes. */
export function encodeSignedFile({ envelope, countersignatures, succession }: SignedFile): Uint8Array {
  if (countersignatures === undefined) return envelope;
  const lists = succession === undefined ? [countersignatures] : [countersignatures, succession];
  return encodeCbor([envelope, ...lists.map((list) => list.map(({ trustee, signature }) => [trustee, signature]))]);
}

/** Takes a file apart into views of `bytes`; nothing of it is checked yet. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong. */
export function decodeSignedFile(bytes: Uint8Array, name: string): SignedFile {
  if (bytes[0] === COSE_SIGN1_TAG) return { envelope: bytes, countersignatures: undefined };
  const fields = new Fields(viewCbor(bytes, name), name, 2, 3);
  const file = { envelope: fields.bytes(0, "file"), countersignatures: readList(fields, 1, "countersignatures", name) };
  if (fields.length === 2) return file;
  const succession = readList(fields, 2, "succession", name);
  if (succession.length === 0) throw new ChoirError("field_wrong", `${name}.succession`, "one or more", "none");
  return { ...file, succession };
}

function readList(fields: Fields, index: number, label: string, name: string): readonly Countersignature[] {
  const list = fields.list(index, label, (value, at): Countersignature => {
    const one = new Fields(value, at, 2);
    return { trustee: one.id(0, "trustee"), signature: one.bytes(1, "signature", SIGNATURE_BYTES) };
  });
  checkAscending(
    list.map(({ trustee }) => trustee),
    `${name}.${label}`,
  );
  return list;
}

/** The version that a file says it has; no signature is looked at. @throws ChoirError as the decoders of envelopes and files, field_wrong. */
export function versionOf(type: FileType, bytes: Uint8Array): number {
  const name = `${type} file`;
  const reader = walkCbor(parseEnvelope(type, decodeSignedFile(bytes, name).envelope).payload, name);
  reader.list();
  return new Fields([reader.item()], name, 1).uint(0, "version");
}

/** The file with a trustee's countersignature, in place of an earlier one of the same trustee. @throws ChoirError as `parseEnvelope`. */
export function countersign(type: FileType, file: SignedFile, trustee: string, signer: Signer): SignedFile {
  return { ...file, countersignatures: signedList(type, file, file.countersignatures, trustee, signer) };
}

/** The key file likewise, by a trustee of the key file before it. @throws ChoirError as `parseEnvelope`. */
export function countersignSuccessor(file: SignedFile, trustee: string, signer: Signer): SignedFile {
  return { ...file, succession: signedList("key", file, file.succession, trustee, signer) };
}

function signedList(
  type: FileType,
  { envelope }: SignedFile,
  list: readonly Countersignature[] | undefined,
  trustee: string,
  signer: Signer,
): readonly Countersignature[] {
  const signature = signer.sign(countersignedBytes(type, parseEnvelope(type, envelope)));
  const others = (list ?? []).filter((one) => one.trustee !== trustee);
  return [...others, { trustee, signature }].sort((a, b) => (a.trustee < b.trustee ? -1 : 1));
}

/**
 * Refuses a file that too few trustees countersigned: as many must have as an opening needs beside the provider. Every countersignature that is
 * there must hold; a key that nobody shares has none.
 * @param signatories of the key that the file is, or is for; none with `custody: provider`
 * @throws ChoirError countersignatures_missing, signer_unknown, signature_wrong, type_wrong for a countersigned file where none can be.
 */
export function checkCountersignatures(
  type: FileType,
  file: SignedFile,
  signatories: Signatories | undefined,
  verify: Verify,
): void {
  const { envelope, countersignatures, succession } = file;
  if (type === "roll" && succession !== undefined) {
    throw new ChoirError("field_wrong", "roll file", "2 fields", "3");
  }
  if (signatories === undefined) {
    if (countersignatures === undefined) return;
    throw new ChoirError("type_wrong", `${type} file`, "no countersignatures with custody: provider", "some");
  }
  const { trustees, needed } = signatories;
  const signed = countersignedBytes(type, parseEnvelope(type, envelope));
  for (const { trustee, signature } of countersignatures ?? []) {
    const known = trustees.find((one) => one.trustee === trustee);
    if (known === undefined) {
      throw new ChoirError("signer_unknown", `${type} file`, "countersignatures of trustees", trustee);
    }
    if (!verify(known.key, signed, signature)) {
      throw new ChoirError("signature_wrong", `${type} file`, `the countersignature of ${trustee}`, "another");
    }
  }
  const found = countersignatures?.length ?? 0;
  if (found < needed) {
    throw new ChoirError(
      "countersignatures_missing",
      `${type} file`,
      `${needed} trustees' countersignatures`,
      `${found}`,
    );
  }
}
