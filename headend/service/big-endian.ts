/** Bytes to integers and back by way of hex text, which V8 reads and writes in a tenth of the time that limbs take it. */

/** The non-negative integer in big-endian bytes. */
export function integerOf(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return hex === "" ? 0n : BigInt(`0x${hex}`);
}

/** Big-endian bytes of 0 <= value < 256^width. */
export function bytesOf(value: bigint, width: number): Uint8Array {
  return Buffer.from(value.toString(16).padStart(2 * width, "0"), "hex");
}
