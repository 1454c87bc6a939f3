/** The roll: who sits where, in which block, and which groups and feeders there are; signed by the offline root (docs/PROTOCOL.md, Roll). */

import { ChoirError } from "../errors.ts";
import type { Signer, Verify } from "../ports.ts";
import { type CborValue, encodeCbor } from "./cbor.ts";
import { checkCountersignatures, decodeSignedFile } from "./countersigned.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "./envelope.ts";
import type { KeyFile } from "./key-file.ts";
import { type Feeder, type Group, type RollHead, type Seat, walkRoll } from "./roll-walk.ts";
import { type Signatories, signatoriesOf } from "./sharing.ts";

export type { Feeder, Group, Seat } from "./roll-walk.ts";

/** A fixed set of seats behind one feeder that counts whole or not at all. */
export interface Block {
  readonly block: string;
  readonly seats: readonly Seat[];
}

/** The whole roll; each list ascending by id, each id once. */
export interface Roll extends RollHead {
  readonly groups: readonly Group[];
  readonly blocks: readonly Block[];
  readonly feeders: readonly Feeder[];
}

/** The payload of a roll. */
export function encodeRoll(roll: Roll): Uint8Array {
  const seat = ({ seat: id, occupant }: Seat): CborValue =>
    occupant === undefined ? [id] : [id, occupant.meter, occupant.key];
  return encodeCbor([
    roll.version,
    roll.firstInterval,
    roll.groups.map((g) => [g.group, g.scheme, g.aggregatorKey, g.feeder ?? null, g.blocks]),
    roll.blocks.map((b) => [b.block, b.seats.map(seat)]),
    roll.feeders.map((f) => [f.feeder, f.key]),
  ]);
}

/** The roll as the root signs it, yet without countersignatures. */
export function signRoll(roll: Roll, root: Signer): Uint8Array {
  return sealEnvelope("roll", encodeRoll(roll), root);
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
  return decodeRoll(openRollPayload(bytes, rootKey, verify, keyFile.sharing && signatoriesOf(keyFile.sharing)));
}

/** The payload of a roll whose signatures hold, as `openRoll` asks for them; a view of `bytes`. @throws ChoirError as the signatures of `openRoll`. */
export function openRollPayload(
  bytes: Uint8Array,
  rootKey: Uint8Array,
  verify: Verify,
  signatories: Signatories | undefined,
): Uint8Array {
  const signed = decodeSignedFile(bytes, "roll");
  const envelope = parseEnvelope("roll", signed.envelope);
  checkSignature(envelope, rootKey, verify, "roll");
  checkCountersignatures("roll", signed, signatories, verify);
  return envelope.payload;
}

/** Reads the payload of a roll. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, block_unknown. */
export function decodeRoll(payload: Uint8Array): Roll {
  const groups: Group[] = [];
  const blocks: { readonly block: string; readonly seats: Seat[] }[] = [];
  const feeders: Feeder[] = [];
  const head = walkRoll(payload, {
    group: (group) => groups.push({ ...group, aggregatorKey: group.aggregatorKey.slice() }),
    block: (block) => blocks.push({ block, seats: [] }),
    seat: ({ seat, occupant }) => {
      const kept = occupant === undefined ? undefined : { ...occupant, key: occupant.key.slice() };
      // a block was begun before its seats
      blocks[blocks.length - 1]?.seats.push({ seat, occupant: kept });
    },
    feeder: ({ feeder, key }) => feeders.push({ feeder, key: key.slice() }),
  });
  return { ...head, groups, blocks, feeders };
}

/** What a key fixes of the sizes of blocks and groups. */
export type SizeRules = Pick<KeyFile, "kMin" | "largestGroup">;

/**
 * Refuses a roll that the key's rules do not allow: a block with fewer than k_min meters, a group without blocks or larger than the slots were cut for.
 * @throws ChoirError group_too_small, value_out_of_range.
 */
export function checkRoll(roll: Roll, file: SizeRules): void {
  const sizes = new Map(roll.blocks.map(({ block, seats }) => [block, seats.filter((s) => s.occupant).length]));
  checkSizes(roll.groups, sizes, file);
}

/** `checkRoll`, of the meters that each block has. @throws ChoirError group_too_small, value_out_of_range. */
export function checkSizes(groups: readonly Group[], sizes: ReadonlyMap<string, number>, file: SizeRules): void {
  for (const [block, meters] of sizes) {
    if (meters < file.kMin) {
      throw new ChoirError("group_too_small", `block ${block}`, `at least k_min = ${file.kMin} meters`, `${meters}`);
    }
  }
  for (const { group, blocks } of groups) {
    const meters = blocks.reduce((sum, block) => sum + (sizes.get(block) ?? 0), 0);
    if (meters === 0) throw new ChoirError("group_too_small", `group ${group}`, "at least one block", "none");
    if (meters > file.largestGroup) {
      throw new ChoirError("value_out_of_range", `group ${group}`, `at most ${file.largestGroup} meters`, `${meters}`);
    }
  }
}
