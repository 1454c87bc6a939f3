/** A second opinion on deterministic CBOR (RFC 8949, 3 and 4.2.1), by its heads alone: where they are, and whether the item is one that Choir may use. */

/** The first bytes of one item: its major type and argument, and where they stand. */
export type Head = {
  readonly at: number;
  /** 1, 2, 3, 5 or 9 bytes. */
  readonly length: number;
  readonly major: number;
  readonly argument: bigint;
};

const MOST_DEPTH = 8;
const MOST_WHOLE = 2n ** 53n - 1n;
const ARGUMENT_BYTES: Readonly<Record<number, number>> = { 24: 1, 25: 2, 26: 4, 27: 8 };

/** The heads of the one item that `bytes` are, in order; undefined where they are not exactly one deterministic item of our kinds. */
export function headsOf(bytes: Uint8Array): readonly Head[] | undefined {
  const heads: Head[] = [];
  const buffer = Buffer.from(bytes);

  /** Reads the item at `at`; returns the offset behind it, -1 when it is not one. */
  const item = (at: number, depth: number): number => {
    const first = buffer[at];
    if (first === undefined) return -1;
    const [major, info] = [first >> 5, first & 31];
    const extra = ARGUMENT_BYTES[info] ?? (info < 24 ? 0 : -1);
    if (extra < 0 || at + 1 + extra > buffer.length) return -1;
    const argument = extra === 0 ? BigInt(info) : BigInt(`0x${buffer.toString("hex", at + 1, at + 1 + extra)}`);
    const least = extra === 0 ? 0n : extra === 1 ? 24n : 2n ** BigInt(4 * extra);
    if (argument < least) return -1;
    heads.push({ at, length: 1 + extra, major, argument });
    const behind = at + 1 + extra;
    if (major === 0 || major === 1) return argument > MOST_WHOLE - BigInt(major) ? -1 : behind;
    if (major === 7) return extra === 0 && info >= 20 && info <= 22 ? behind : -1;
    if (major === 6) return -1;
    if (major === 2 || major === 3) return text(behind, argument, major === 3);
    return depth === MOST_DEPTH ? -1 : items(behind, argument, major === 5, depth + 1);
  };

  const text = (from: number, length: bigint, utf8: boolean): number => {
    if (length > BigInt(buffer.length - from)) return -1;
    const to = from + Number(length);
    const part = buffer.subarray(from, to);
    // decoders of text swallow a byte order mark, so that it never comes back the same
    if (utf8 && (part.subarray(0, 3).toString("hex") === "efbbbf" || !Buffer.from(part.toString()).equals(part)))
      return -1;
    return to;
  };

  const items = (from: number, count: bigint, map: boolean, depth: number): number => {
    let at = from;
    let last = Buffer.alloc(0);
    for (let i = 0n; i < count; i++) {
      if (map) {
        const major = (buffer[at] ?? 0xff) >> 5;
        const behind = item(at, depth);
        if (behind < 0 || major > 1) return -1;
        const encoded = buffer.subarray(at, behind);
        if (i > 0n && Buffer.compare(last, encoded) >= 0) return -1;
        [last, at] = [encoded, behind];
      }
      at = item(at, depth);
      if (at < 0) return -1;
    }
    return at;
  };

  return item(0, 0) === buffer.length ? heads : undefined;
}
