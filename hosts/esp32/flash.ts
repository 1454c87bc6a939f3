/** Flash as the host's own stores see it: bytes that a write can only clear bits of, and an erase sets again, a sector at a time. */

/** The smallest piece that can be erased. */
export const SECTOR_BYTES = 4096;

/** A stretch of flash, offsets from its beginning. */
export interface Flash {
  /** A multiple of `SECTOR_BYTES`. */
  readonly bytes: number;
  read(offset: number, length: number): Uint8Array;
  /** Each bit becomes 0 where it, or the bit given, is 0. */
  write(offset: number, bytes: Uint8Array): void;
  /** Both are multiples of `SECTOR_BYTES`; every bit becomes 1. */
  erase(offset: number, length: number): void;
}
