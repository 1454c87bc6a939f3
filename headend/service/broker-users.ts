/**
 * Under which names the broker knows its users (docs/OPERATIONS.md, The broker). A party with several connections has a user for each, all with
 * one password: the broker takes the user's name for the client's id, so that nobody can take over another's session.
 */

import { toHex } from "../../core/bytes.ts";

/** Of the key id, as much as tells keys apart. */
const KEY_TAG_BYTES = 4;

/** Names of users, which no id can be mistaken for: none holds a dot. */
export const brokerUsers = {
  meter: (meter: string): string => `meter.${meter}`,
  /** What an aggregator sends, and hears beside readings. */
  aggregator: (group: string): string => `aggregator.${group}`,
  /** The connection of an aggregator by which part of the readings comes in, from 0. */
  readings: (group: string, connection: number): string => `aggregator.${group}.${connection}`,
  /** By the key, too: of two keys' processes, in the days when one follows the other, each keeps its own sessions. */
  trustee: (trustee: string, keyId: Uint8Array, direction: "in" | "out"): string =>
    `trustee.${trustee}.${toHex(keyId.subarray(0, KEY_TAG_BYTES))}.${direction}`,
  provider: (direction: "in" | "out"): string => `provider.${direction}`,
  /** Whoever services the meters: hears how they are, brings their files and updates. */
  operator: "operator",
} as const;

/** Connections by which readings come in to an aggregator: 1 to 256, and how many unless it is told. */
export const READING_CONNECTIONS = { usual: 8, most: 256 } as const;
