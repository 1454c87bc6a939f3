/** The roll: who sits where, in which block, and which groups and feeders there are; signed by the offline root (docs/PROTOCOL.md, Roll). */

import { toHex } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import type { Signer, Verify } from "../ports.ts";
import { type CborValue, checkAscending, decodeCbor, encodeCbor, Fields } from "./cbor.ts";
import { checkCountersignatures, decodeSignedFile } from "./countersigned.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "./envelope.ts";
import type { KeyFile } from "./key-file.ts";

/** Schemes a group may name. */
export const SCHEMES = ["paillier"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** A metering point; `occupant` is its meter, none while the seat is empty. */
export interface Seat {
  readonly seat: string;
  readonly occupant: { readonly meter: string; readonly key: Uint8Array } | undefined;
}

/** A fixed set of seats behind one feeder that counts whole or not at all. */
export interface Block {
  readonly block: string;
  readonly seats: readonly Seat[];
}

/** A union of whole blocks with one aggregator, and where it has one, its measuring rod. */
export interface Group {
  readonly group: string;
  readonly scheme: Scheme;
  /** Ed25519 key of its aggregator. */
  readonly aggregatorKey: Uint8Array;
  readonly feeder: string | undefined;
  readonly blocks: readonly string[];
}

/** A feeder meter. */
export interface Feeder {
  readonly feeder: string;
  readonly key: Uint8Array;
}

/** The whole roll; each list ascending by id, each id once. */
export interface Roll {
  /** Higher than that of any earlier roll. */
  readonly version: number;
  /** The first interval that it is in force for. */
  readonly firstInterval: number;
  readonly groups: readonly Group[];
  readonly blocks: readonly Block[];
  readonly feeders: readonly Feeder[];
}

/** The roll as the root signs it, yet without countersignatures. */
export function signRoll(roll: Roll, root: Signer): Uint8Array {
  const seat = ({ seat: id, occupant }: Seat): CborValue =>
    occupant === undefined ? [id] : [id, occupant.meter, occupant.key];
  const payload = encodeCbor([
    roll.version,
    roll.firstInterval,
    roll.groups.map((g) => [g.group, g.scheme, g.aggregatorKey, g.feeder ?? null, g.blocks]),
    roll.blocks.map((b) => [b.block, b.seats.map(seat)]),
    roll.feeders.map((f) => [f.feeder, f.key]),
  ]);
  return sealEnvelope("roll", payload, root);
}

/**
 * Reads a roll that the root signed and, with `custody: shared`, trustees countersigned.
 * @param keyFile whose trustees must have
 * @throws ChoirError signature_wrong, signer_unknown, countersignatures_missing and every decoder's codes.
 */
export function openRoll(
  bytes: Uint8Array,
  rootKey: Uint8Array,
  verify: Verify,
  keyFile: Pick<KeyFile, "sharing">,
): Roll {
  const signed = decodeSignedFile(bytes, "roll");
  const envelope = parseEnvelope("roll", signed.envelope);
  checkSignature(envelope, rootKey, verify, "roll");
  checkCountersignatures("roll", signed, keyFile.sharing, verify);
  return decodeRoll(envelope.payload);
}

/** Reads the payload of a roll. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, block_unknown. */
export function decodeRoll(payload: Uint8Array): Roll {
  const fields = new Fields(decodeCbor(payload, "roll"), "roll", 5);
  const groups = fields.list(2, "groups", readGroup);
  const blocks = fields.list(3, "blocks", readBlock);
  const feeders = fields.list(4, "feeders", (value, name) => {
    const one = new Fields(value, name, 2);
    return { feeder: one.id(0, "feeder"), key: one.bytes(1, "key", 32) };
  });
  checkAscending(
    groups.map((g) => g.group),
    "roll.groups",
  );
  checkAscending(
    blocks.map((b) => b.block),
    "roll.blocks",
  );
  checkAscending(
    feeders.map((f) => f.feeder),
    "roll.feeders",
  );
  checkUnique(
    blocks.flatMap((b) => b.seats.map((s) => s.seat)),
    "roll.seats",
  );
  const meters = blocks.flatMap((b) => b.seats.flatMap((s) => (s.occupant === undefined ? [] : [s.occupant.meter])));
  checkUnique([...meters, ...feeders.map((f) => f.feeder)], "roll.meters");
  const keys = blocks.flatMap((b) => b.seats.flatMap((s) => (s.occupant === undefined ? [] : [s.occupant.key])));
  checkUnique([...keys, ...feeders.map((f) => f.key)].map(toHex), "roll.keys");
  const known = new Set(blocks.map((b) => b.block));
  const rods = new Set(feeders.map((f) => f.feeder));
  for (const { group, blocks: members, feeder } of groups) {
    const stray = members.find((block) => !known.has(block));
    if (stray !== undefined) throw new ChoirError("block_unknown", `group ${group}`, "blocks of the roll", stray);
    if (feeder !== undefined && !rods.has(feeder)) {
      throw new ChoirError("field_wrong", `group ${group}`, "a feeder of the roll", feeder);
    }
  }
  return {
    version: fields.uint(0, "version"),
    firstInterval: fields.uint(1, "first interval"),
    groups,
    blocks,
    feeders,
  };
}

/**
 * Refuses a roll that the key's rules do not allow: a block with fewer than k_min meters, a group without blocks or larger than the slots were cut for.
 * @throws ChoirError group_too_small, value_out_of_range.
 */
export function checkRoll(roll: Roll, file: KeyFile): void {
  const sizes = new Map(roll.blocks.map(({ block, seats }) => [block, seats.filter((s) => s.occupant).length]));
  for (const [block, meters] of sizes) {
    if (meters < file.kMin) {
      throw new ChoirError("group_too_small", `block ${block}`, `at least k_min = ${file.kMin} meters`, `${meters}`);
    }
  }
  for (const { group, blocks } of roll.groups) {
    const meters = blocks.reduce((sum, block) => sum + (sizes.get(block) ?? 0), 0);
    if (meters === 0) throw new ChoirError("group_too_small", `group ${group}`, "at least one block", "none");
    if (meters > file.largestGroup) {
      throw new ChoirError("value_out_of_range", `group ${group}`, `at most ${file.largestGroup} meters`, `${meters}`);
    }
  }
}

function readGroup(value: CborValue, name: string): Group {
  const one = new Fields(value, name, 5);
  return {
    group: one.id(0, "group"),
    scheme: one.oneOf(1, "scheme", SCHEMES),
    aggregatorKey: one.bytes(2, "aggregator key", 32),
    feeder: one.isNull(3) ? undefined : one.id(3, "feeder"),
    blocks: one.ids(4, "blocks"),
  };
}

function readBlock(value: CborValue, name: string): Block {
  const one = new Fields(value, name, 2);
  const seats = one.list(1, "seats", (element, label): Seat => {
    const seat = new Fields(element, label, 1, 3);
    const occupant = seat.length === 1 ? undefined : { meter: seat.id(1, "meter"), key: seat.bytes(2, "key", 32) };
    return { seat: seat.id(0, "seat"), occupant };
  });
  return { block: one.id(0, "block"), seats };
}

function checkUnique(ids: readonly string[], name: string): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) throw new ChoirError("field_wrong", name, "each id once", id);
    seen.add(id);
  }
}
