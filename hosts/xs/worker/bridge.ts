/** The engine's side of the bridge: CBOR arrays [name, ...arguments] to the machine outside, which answers at once. */

import { ChoirError, type ErrorCode } from "../../../core/errors.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields } from "../../../core/wire/cbor.ts";

/** Asks the machine outside; the answer is an array of one element. @throws the ChoirError that the port outside threw. */
export function ask(name: string, ...args: readonly CborValue[]): Fields {
  const answer = issueCommand(exactBuffer(encodeCbor([name, ...args])));
  const fields = new Fields(decodeCbor(new Uint8Array(answer), name), name, 1, 4);
  if (fields.length === 1) return fields;
  // the Node side sends the code of a ChoirError and nothing else in this place
  throw new ChoirError(
    fields.text(0, "code") as ErrorCode,
    fields.text(1, "subject"),
    fields.text(2, "expected"),
    fields.text(3, "got"),
  );
}

/** The bytes in a buffer of their own, as the engine's channel takes them. */
export function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  // this engine has no shared memory, so what is below a view is always an ArrayBuffer
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}
