/** What can be said of an aggregate before it is opened, and of its plaintext once it is (docs/PROTOCOL.md, Opening). */

import { ChoirError } from "../../core/errors.ts";
import { bytesToInteger } from "../../core/integers.ts";
import { checkProduct } from "../../core/paillier/ciphertext.ts";
import { unpack } from "../../core/paillier/packing.ts";
import type { Verify } from "../../core/ports.ts";
import { type Aggregate, decodeAggregate } from "../../core/wire/aggregate.ts";
import { checkSignature, parseEnvelope } from "../../core/wire/envelope.ts";
import { checkKeyId, type KeyFile } from "../../core/wire/key-file.ts";
import { parseTopic } from "../../core/wire/topics.ts";
import type { Rolls } from "../service/rolls.ts";
import { checkInKey } from "../service/windows.ts";
import type { Books } from "./books.ts";
import type { GroupBook, GroupEntry } from "./group-book.ts";
import type { SoundPart } from "./waiting-part.ts";

/** What aggregates are judged by. */
export interface JudgingParts {
  readonly keyFile: KeyFile;
  readonly books: { readonly rolls: Pick<Rolls<GroupBook>, "at"> } & Pick<Books, "counted">;
  readonly verify: Verify;
}

/** The roll of an interval. @throws ChoirError key_unknown outside the key's, roll_unknown where there is none. */
export function rollOf(
  { keyFile, books }: { readonly keyFile: KeyFile; readonly books: { readonly rolls: Pick<Rolls<GroupBook>, "at"> } },
  interval: number,
  name: string,
): GroupBook {
  checkInKey(interval, keyFile, name);
  const book = books.rolls.at(interval);
  if (book === undefined) throw new ChoirError("roll_unknown", name, "an interval that a roll is for", `${interval}`);
  return book;
}

/**
 * A message that is an aggregator's word on a group of ours, for the key and roll in force.
 * @throws ChoirError for any other; what a later key file or roll could cure is not judged here.
 */
export function authenticAggregate(
  parts: Pick<JudgingParts, "keyFile" | "books" | "verify">,
  topic: string,
  bytes: Uint8Array,
): { readonly aggregate: Aggregate; readonly entry: GroupEntry } {
  const { keyFile, verify } = parts;
  const address = parseTopic(topic);
  const envelope = parseEnvelope("aggregate", bytes);
  // nothing of this is sure before its signature is checked; it says which roll names the signer
  const aggregate = decodeAggregate(envelope.payload, keyFile.key);
  const book = rollOf(parts, aggregate.interval, "aggregate.interval");
  const entry = address.kind === "aggregate" ? book.groups.get(address.group) : undefined;
  if (entry === undefined) throw new ChoirError("field_wrong", "topic", "aggregates of a group of the roll", "another");
  checkSignature(envelope, entry.aggregatorKey, verify, `aggregate of ${entry.group}`);
  if (aggregate.group !== entry.group) {
    throw new ChoirError("field_wrong", "aggregate.group", entry.group, aggregate.group);
  }
  checkKeyId(aggregate.keyId, keyFile, "aggregate.key id");
  if (aggregate.rollVersion !== book.rollVersion) {
    const got = `${aggregate.rollVersion}`;
    throw new ChoirError("roll_unknown", "aggregate.roll version", `${book.rollVersion}`, got);
  }
  return { aggregate, entry };
}

/**
 * A part whose blocks are the group's own, in no opened part before, with enough homes to hide in, and whose product can be opened.
 * @param id of the delivery that brought it
 * @throws ChoirError block_unknown, field_wrong, block_counted_twice, group_too_small, ciphertext_out_of_range.
 */
export function soundPart(
  { keyFile, books }: JudgingParts,
  aggregate: Aggregate,
  entry: GroupEntry,
  id: Uint8Array,
): SoundPart {
  const { group, interval, part, blocks, leftOut } = aggregate;
  const named = [...blocks, ...leftOut.map(({ block }) => block)];
  const stray = named.find((block) => !entry.blocks.has(block));
  if (stray !== undefined) throw new ChoirError("block_unknown", "aggregate", `blocks of group ${group}`, stray);
  // the decoder lets no block be named twice
  if (part === 0 && named.length !== entry.blocks.size) {
    throw new ChoirError("field_wrong", "aggregate", "each block counted or left out", "a block that is neither");
  }
  const twice = blocks.find((block) => books.counted(group, interval, block) !== undefined);
  if (twice !== undefined) {
    throw new ChoirError("block_counted_twice", "aggregate.blocks", "blocks of no earlier part", twice);
  }
  const contributors = blocks.flatMap((block) => entry.blocks.get(block) ?? []);
  if (blocks.length > 0 && contributors.length < keyFile.kMin) {
    const got = `${contributors.length}`;
    throw new ChoirError("group_too_small", "aggregate", `at least ${keyFile.kMin} contributors`, got);
  }
  const product =
    aggregate.product && checkProduct(bytesToInteger(aggregate.product), keyFile.key, "aggregate.product");
  return { aggregate, entry, id, contributors, product };
}

/** The sums of a part in mWh, in the order of the channels. @throws ChoirError count_wrong, guard_bits_set, value_out_of_range beyond 2^53 - 1. */
export function sumsOf(
  { channels, layout }: Pick<KeyFile, "channels" | "layout">,
  plaintext: bigint,
  contributors: number,
): readonly number[] {
  return unpack(layout, plaintext, contributors).sums.map((sum, i) => exactNumber(sum, channels[i]?.obis ?? ""));
}

function exactNumber(value: bigint, obis: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new ChoirError("value_out_of_range", `sum ${obis}`, "at most 2^53 - 1 mWh", "more");
  }
  return Number(value);
}
