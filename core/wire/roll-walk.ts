/**
 * A roll's payload, read part by part (docs/PROTOCOL.md, Roll): everything that makes it a roll is checked, and no more of it is in memory than one
 * part and what the caller keeps, so that a meter can look itself up in a roll that would not fit beside it.
 */

import { ChoirError } from "../errors.ts";
import { checkAscending, Fields, walkCbor } from "./cbor.ts";
import type { CborReader } from "./cbor-reader.ts";
import { ItemPlaces } from "./repeated.ts";

/** Schemes a group may name. */
export const SCHEMES = ["paillier"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** A metering point; `occupant` is its meter, none while the seat is empty. */
export interface Seat {
  readonly seat: string;
  readonly occupant: { readonly meter: string; readonly key: Uint8Array } | undefined;
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

/** What a roll says of itself. */
export interface RollHead {
  /** Higher than that of any earlier roll. */
  readonly version: number;
  /** The first interval that it is in force for. */
  readonly firstInterval: number;
}

/** Told of each part as it comes; nothing that it is told is sure before `walkRoll` returns. Keys are views of the payload. */
export interface RollVisitor {
  group(group: Group): void;
  /** A block begins. */
  block(block: string): void;
  /** A seat of the block that began last. */
  seat(seat: Seat, block: string): void;
  feeder(feeder: Feeder): void;
}

const KEY_BYTES = 32;

/** Walks through a roll. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range, block_unknown. */
export function walkRoll(payload: Uint8Array, visitor: RollVisitor): RollHead {
  return new Walk(payload, visitor).go();
}

class Walk {
  readonly #reader: CborReader;
  readonly #visitor: RollVisitor;
  readonly #seats: ItemPlaces;
  readonly #meters: ItemPlaces;
  readonly #keys: ItemPlaces;

  constructor(payload: Uint8Array, visitor: RollVisitor) {
    this.#reader = walkCbor(payload, "roll");
    this.#visitor = visitor;
    this.#seats = new ItemPlaces(payload);
    this.#meters = new ItemPlaces(payload);
    this.#keys = new ItemPlaces(payload);
  }

  go(): RollHead {
    const reader = this.#reader;
    this.#open("roll", [5]);
    const head = new Fields([reader.item(), reader.item()], "roll", 2);
    const groups = this.#each("roll.groups", (label) => this.#group(label));
    const blocks = this.#each("roll.blocks", (label) => this.#block(label));
    const feeders = this.#each("roll.feeders", (label) => this.#feeder(label));
    checkAscending(
      groups.map(({ group }) => group),
      "roll.groups",
    );
    checkAscending(blocks, "roll.blocks");
    checkAscending(feeders, "roll.feeders");
    checkOnce(this.#seats, "roll.seats");
    checkOnce(this.#meters, "roll.meters");
    checkOnce(this.#keys, "roll.keys");
    checkGroups(groups, new Set(blocks), new Set(feeders));
    return { version: head.uint(0, "version"), firstInterval: head.uint(1, "first interval") };
  }

  #group(label: string): Group {
    const one = new Fields(this.#reader.item(), label, 5);
    const group: Group = {
      group: one.id(0, "group"),
      scheme: one.oneOf(1, "scheme", SCHEMES),
      aggregatorKey: one.bytes(2, "aggregator key", KEY_BYTES),
      feeder: one.isNull(3) ? undefined : one.id(3, "feeder"),
      blocks: one.ids(4, "blocks"),
    };
    this.#visitor.group(group);
    return group;
  }

  #block(label: string): string {
    this.#open(label, [2]);
    const block = this.#id(label, "block");
    this.#visitor.block(block);
    this.#each(`${label}.seats`, (seat) => this.#seat(seat, block));
    return block;
  }

  #seat(label: string, block: string): void {
    const isEmpty = this.#open(label, [1, 3]) === 1;
    this.#seats.add(this.#reader.at);
    const seat = this.#id(label, "seat");
    const occupant = isEmpty ? undefined : { meter: this.#meter(label, "meter"), key: this.#key(label) };
    this.#visitor.seat({ seat, occupant }, block);
  }

  #feeder(label: string): string {
    this.#open(label, [2]);
    const feeder = this.#meter(label, "feeder");
    this.#visitor.feeder({ feeder, key: this.#key(label) });
    return feeder;
  }

  /** The id of a meter, feeders among them. */
  #meter(label: string, name: string): string {
    this.#meters.add(this.#reader.at);
    return this.#id(label, name);
  }

  #key(label: string): Uint8Array {
    this.#keys.add(this.#reader.at);
    return new Fields([this.#reader.item()], label, 1).bytes(0, "key", KEY_BYTES);
  }

  #id(label: string, name: string): string {
    return new Fields([this.#reader.item()], label, 1).id(0, name);
  }

  /** The length of the list that comes next. */
  #open(label: string, lengths: readonly number[]): number {
    const length = this.#reader.list();
    if (length === undefined) throw new ChoirError("field_wrong", label, "a list", "something else");
    if (!lengths.includes(length)) {
      throw new ChoirError("field_wrong", label, `${lengths.join(" or ")} fields`, `${length}`);
    }
    return length;
  }

  #each<T>(label: string, read: (label: string) => T): readonly T[] {
    const length = this.#reader.list();
    if (length === undefined) throw new ChoirError("field_wrong", label, "a list", "something else");
    const parts: T[] = [];
    for (let i = 0; i < length; i++) parts.push(read(`${label}[${i}]`));
    return parts;
  }
}

function checkOnce(places: ItemPlaces, name: string): void {
  if (places.haveEqualItems()) throw new ChoirError("field_wrong", name, "each id once", "one that stands twice");
}

function checkGroups(groups: readonly Group[], blocks: ReadonlySet<string>, feeders: ReadonlySet<string>): void {
  for (const { group, blocks: members, feeder } of groups) {
    const stray = members.find((block) => !blocks.has(block));
    if (stray !== undefined) throw new ChoirError("block_unknown", `group ${group}`, "blocks of the roll", stray);
    if (feeder !== undefined && !feeders.has(feeder)) {
      throw new ChoirError("field_wrong", `group ${group}`, "a feeder of the roll", feeder);
    }
  }
}
