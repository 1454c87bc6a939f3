/** CRC-32 of IEEE 802.3 (reflected, polynomial 0x04C11DB7), a nibble at a time: sixteen constants instead of a table of 1 KB. */

const REMAINDERS = [
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
  0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
] as const;

/** The checksum, 0 to 2^32 - 1. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc = remainder(crc ^ byte) ^ (crc >>> 4);
    crc = remainder(crc ^ (byte >> 4)) ^ (crc >>> 4);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function remainder(value: number): number {
  // four bits index sixteen constants
  return REMAINDERS[value & 15] as number;
}
