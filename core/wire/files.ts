/** What a meter's config topic carries: a key file, a roll, or both, as they were signed (docs/PROTOCOL.md, Files). */

import { ChoirError } from "../errors.ts";
import { encodeCbor, Fields, viewCbor } from "./cbor.ts";

/** The largest message, as large as the largest configuration, which holds both files too. */
export const MOST_FILES_BYTES = 65_536;

/** Signed files, one at least; whoever takes them opens them. */
export interface Files {
  readonly keyFile: Uint8Array | undefined;
  readonly roll: Uint8Array | undefined;
}

/** The payload of the message. */
export function encodeFiles({ keyFile, roll }: Files): Uint8Array {
  return encodeCbor([keyFile ?? null, roll ?? null]);
}

/** Reads a payload; the files are views of it. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong. */
export function decodeFiles(payload: Uint8Array): Files {
  if (payload.length > MOST_FILES_BYTES) {
    throw new ChoirError("length_wrong", "files", `at most ${MOST_FILES_BYTES} bytes`, `${payload.length}`);
  }
  const fields = new Fields(viewCbor(payload, "files"), "files", 2);
  const file = (index: number, name: string): Uint8Array | undefined =>
    fields.isNull(index) ? undefined : fields.bytes(index, name);
  const files = { keyFile: file(0, "key file"), roll: file(1, "roll") };
  if (files.keyFile === undefined && files.roll === undefined) {
    throw new ChoirError("field_wrong", "files", "a key file, a roll, or both", "neither");
  }
  return files;
}
