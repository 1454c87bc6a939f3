/** Seeded damage to messages: turned bits, edited heads, fields changed behind sound heads, cuts, extensions, splices, noise. */

import { concatBytes } from "../bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../wire/cbor.ts";
import { type Head, headsOf } from "./heads.ts";

type Numbers = (limit: number) => number;

/** Bytes that begin something in CBOR, or end a range. */
const TELLING = [
  0, 1, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x20, 0x38, 0x3b, 0x40, 0x58, 0x5b, 0x5f, 0x60, 0x78, 0x7b, 0x7f, 0x80, 0x81,
].concat([0x98, 0x9b, 0x9f, 0xa0, 0xa1, 0xb8, 0xbb, 0xbf, 0xc0, 0xd2, 0xf4, 0xf6, 0xf7, 0xf9, 0xfa, 0xfb, 0xff]);

/** A head of any width, also one that is not the shortest. */
function headBytes(major: number, argument: bigint, width: number): Uint8Array {
  if (width === 0) return Uint8Array.of((major << 5) | Number(argument & 31n));
  const bytes = new Uint8Array(1 + width);
  bytes[0] = (major << 5) | (23 + [1, 2, 4, 8].indexOf(width) + 1);
  for (let i = 0; i < width; i++) bytes[width - i] = Number((argument >> BigInt(8 * i)) & 255n);
  return bytes;
}

function noise(next: Numbers, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => next(256));
}

function turnBits(bytes: Uint8Array, next: Numbers): Uint8Array {
  const copy = bytes.slice();
  for (let i = next(4); i >= 0 && copy.length > 0; i--) {
    const at = next(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << next(8));
  }
  return copy;
}

function setByte(bytes: Uint8Array, next: Numbers): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) copy[next(copy.length)] = TELLING[next(TELLING.length)] ?? 0;
  return copy;
}

/** Another length, count or number in a head, or the same in another width. */
function editHead(bytes: Uint8Array, next: Numbers, heads: readonly Head[]): Uint8Array {
  const head = heads[next(heads.length)];
  if (head === undefined) return setByte(bytes, next);
  const { argument } = head;
  const nearby = argument + BigInt(next(3) - 1);
  const variants: readonly (readonly [argument: bigint, width: number])[] = [
    [nearby < 0n ? 0n : nearby, head.length - 1],
    [argument, [1, 2, 4, 8][next(4)] ?? 8],
    [BigInt(next(2 ** 32)), 4],
    [BigInt(next(2 ** 32)) << BigInt(next(33)), 8],
  ];
  const [value, width] = variants[next(4)] ?? [argument, 8];
  const major = next(6) === 0 ? next(8) : head.major;
  return concatBytes(bytes.subarray(0, head.at), headBytes(major, value, width), bytes.subarray(head.at + head.length));
}

/** A piece left out, put in twice, or put elsewhere. */
function movePiece(bytes: Uint8Array, next: Numbers): Uint8Array {
  const from = next(bytes.length + 1);
  const piece = bytes.subarray(from, from + next(Math.min(bytes.length - from, 40) + 1));
  const to = next(bytes.length + 1);
  const rest = next(2) === 0 ? bytes : concatBytes(bytes.subarray(0, from), bytes.subarray(from + piece.length));
  return next(3) === 0 ? rest : concatBytes(rest.subarray(0, to), piece, rest.subarray(to));
}

const STRAYS: readonly CborValue[] = [
  0,
  1,
  -1,
  2 ** 53 - 1,
  "",
  "a",
  "lost",
  null,
  true,
  [],
  new Uint8Array(0),
  new Map([[1, 2]]),
];

/** One change somewhere inside a value, so that what holds it stays sound; envelopes and payloads within bytes are entered too. */
function alter(value: CborValue, next: Numbers): CborValue {
  if (next(12) === 0) return STRAYS[next(STRAYS.length)] ?? 0;
  if (value instanceof Uint8Array) {
    if (value.length > 60 && next(4) > 0) return alterBytes(value, next);
    return next(2) === 0 ? value.slice(next(2)) : concatBytes(value, noise(next, next(3)));
  }
  if (typeof value === "number") return value + next(3) - 1;
  if (typeof value === "string") return value.slice(next(2)) + (next(2) === 0 ? "/" : "x");
  if (!Array.isArray(value)) return value;
  const list: CborValue[] = [...value];
  const at = next(list.length + 1);
  const kind = next(8);
  if (kind === 0) list.splice(at, 1);
  else if (kind === 1) list.splice(at, 0, list[next(list.length)] ?? 0);
  else if (kind === 2) list.reverse();
  else if (at < list.length) list[at] = alter(list[at] ?? null, next);
  return list;
}

/** The same within bytes that are CBOR or an envelope; a turned bit in any others. */
function alterBytes(bytes: Uint8Array, next: Numbers): Uint8Array {
  const tag = bytes[0] === 0xd2 ? 1 : 0;
  if (headsOf(bytes.subarray(tag)) === undefined) return turnBits(bytes, next);
  return concatBytes(bytes.subarray(0, tag), encodeCbor(alter(decodeCbor(bytes.subarray(tag), "corpus"), next)));
}

/** Endless mutations of the corpus, the same for the same numbers. */
export function mutator(corpus: readonly Uint8Array[], next: Numbers): () => Uint8Array {
  const heads = new Map(corpus.map((bytes) => [bytes, headsOf(bytes) ?? []]));
  const pick = (): Uint8Array => corpus[next(corpus.length)] ?? new Uint8Array(0);
  const splice = (bytes: Uint8Array): Uint8Array => {
    const other = pick();
    return concatBytes(bytes.subarray(0, next(bytes.length + 1)), other.subarray(next(other.length + 1)));
  };
  const once = (bytes: Uint8Array): Uint8Array => {
    const kind = next(18);
    if (kind >= 16) return alterBytes(bytes, next);
    if (kind < 4) return turnBits(bytes, next);
    if (kind < 6) return setByte(bytes, next);
    if (kind < 10) return editHead(bytes, next, heads.get(bytes) ?? []);
    if (kind < 12) return movePiece(bytes, next);
    if (kind === 12) return bytes.slice(0, next(bytes.length + 1));
    if (kind === 13) return concatBytes(bytes, noise(next, 1 + next(12)));
    if (kind === 14) return splice(bytes);
    return noise(next, next(64));
  };
  return () => {
    const first = once(pick());
    // damage to what is damaged already reaches deeper than either alone
    return next(4) === 0 ? once(first) : first;
  };
}
