/** Bytes to integers by way of hex text, which V8 parses in a tenth of the time that limbs take it. */

/** The non-negative integer in big-endian bytes. */
export function integerOf(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return hex === "" ? 0n : BigInt(`0x${hex}`);
}
