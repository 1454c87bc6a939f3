/** Flash that loses its power at a chosen write or erase, and leaves behind what real flash may: nothing of it, all of it, a part, or some of its bits. */
import { type Flash, SECTOR_BYTES } from "../flash.ts";

/** How much of the last operation took place. */
export const TEARS = ["nothing", "beginning", "bits", "all"] as const;
export type Tear = (typeof TEARS)[number];

/** Thrown by the operation that loses its power, and by every one after it. */
export class PowerLost extends Error {}

export class CutFlash implements Flash {
  readonly content: Uint8Array;
  readonly bytes: number;
  /** Writes and erases so far. */
  operations = 0;
  /** Lengths of all writes. */
  readonly writes: number[] = [];
  /** Erases by sector. */
  readonly erases: Uint32Array;
  #cutAt = Number.POSITIVE_INFINITY;
  #tear: Tear = "nothing";
  #random = 1;
  #failing = Number.POSITIVE_INFINITY;

  constructor(bytes: number, content?: Uint8Array) {
    this.bytes = bytes;
    this.content = content?.slice() ?? new Uint8Array(bytes).fill(0xa5);
    this.erases = new Uint32Array(bytes / SECTOR_BYTES);
  }

  /** The operation of that number, from 0, is the last. */
  cut(operation: number, tear: Tear, seed: number): void {
    this.#cutAt = operation;
    this.#tear = tear;
    this.#random = seed;
  }

  /** The operation of that number fails, having done a part; the power stays. */
  fail(operation: number): void {
    this.#failing = operation;
  }

  read(offset: number, length: number): Uint8Array {
    if (offset < 0 || offset + length > this.bytes) throw new RangeError(`read of ${length} at ${offset}`);
    return this.content.slice(offset, offset + length);
  }

  write(offset: number, bytes: Uint8Array): void {
    if (offset < 0 || offset + bytes.length > this.bytes) throw new RangeError(`write of ${bytes.length} at ${offset}`);
    this.writes.push(bytes.length);
    this.#operate(bytes.length, (at, mask) => {
      this.content[offset + at] = this.#byte(offset + at) & (this.#given(bytes, at) | (~mask & 0xff));
    });
  }

  erase(offset: number, length: number): void {
    if (offset % SECTOR_BYTES !== 0 || length % SECTOR_BYTES !== 0)
      throw new RangeError(`erase ${length} at ${offset}`);
    for (let sector = 0; sector < length / SECTOR_BYTES; sector++) {
      const at = offset / SECTOR_BYTES + sector;
      this.erases[at] = (this.erases[at] ?? 0) + 1;
    }
    this.#operate(length, (at, mask) => {
      this.content[offset + at] = this.#byte(offset + at) | mask;
    });
  }

  /** @param change makes the bits of the mask what the operation makes them */
  #operate(length: number, change: (at: number, mask: number) => void): void {
    const operation = this.operations++;
    if (operation === this.#failing) {
      for (let at = 0; at < length >> 1; at++) change(at, 0xff);
      throw new Error("flash failure");
    }
    if (operation > this.#cutAt) throw new PowerLost("no power");
    if (operation < this.#cutAt || this.#tear === "all") for (let at = 0; at < length; at++) change(at, 0xff);
    else if (this.#tear === "beginning") for (let at = 0; at < length >> 1; at++) change(at, 0xff);
    else if (this.#tear === "bits") for (let at = 0; at < length; at++) change(at, this.#someBits());
    if (operation === this.#cutAt) throw new PowerLost(`operation ${operation}`);
  }

  #someBits(): number {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0;
    return (this.#random >>> 16) & 0xff;
  }

  #byte(at: number): number {
    return this.content[at] ?? 0;
  }

  #given(bytes: Uint8Array, at: number): number {
    return bytes[at] ?? 0;
  }
}
