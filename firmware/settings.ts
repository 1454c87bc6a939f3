/** What a meter is provisioned with: pinned keys, its name, its place in the two signed files, and its sensors (docs/PROTOCOL.md, Trust anchor). */

import { ChoirError } from "../core/errors.ts";
import { decodeCbor, encodeCbor, Fields } from "../core/wire/cbor.ts";
import { type ClampConstants, clampsToCbor, readClamps } from "./clamp-constants.ts";

/** Settings of one meter; `keyFile` and `roll` are the signed files as bytes. */
export interface MeterSettings {
  readonly meter: string;
  /** `home` seals its readings; `feeder` publishes them signed, in the clear. */
  readonly role: "home" | "feeder";
  /** Pinned at provisioning: the root's Ed25519 key, 32 bytes. */
  readonly rootKey: Uint8Array;
  readonly keyFile: Uint8Array;
  readonly roll: Uint8Array;
  /** Least bits of n that this meter accepts; below 2048 in tests alone. */
  readonly leastKeyBits: number;
  /** Pulses per kWh of each channel's pulse input, 1 to 1,000,000; energy in mWh = pulses * 1,000,000 / this, rounded down. */
  readonly pulsesPerKilowattHour: number;
  /** How often the counters are read and the register is checkpointed, in ms: with `checkpointPulses` the bound on what a power cut loses. */
  readonly checkpointMs: number;
  /** A checkpoint is also written as soon as a reading of the counters finds this many pulses (of a clamp: mWh) since the last one. */
  readonly checkpointPulses: number;
  /** Entries that the pool keeps ready. */
  readonly poolTarget: number;
  /** Envelopes that the outbox holds before it drops the oldest. */
  readonly outboxCapacity: number;
  /** How long after a boundary it still counts as observed, in ms. */
  readonly boundaryToleranceMs: number;
  /** How often the status is published, in ms. */
  readonly statusMs: number;
  /** By OBIS code: channels that have a current clamp in place of a pulse input. */
  readonly clamps?: ReadonlyMap<string, ClampConstants>;
}

const ROLES = ["home", "feeder"] as const;
const MOST_MS = 86_400_000;

/** The settings as bytes, for a host that hands them to its engine or keeps them. */
export function encodeSettings(settings: MeterSettings): Uint8Array {
  return encodeCbor([
    settings.meter,
    settings.role,
    settings.rootKey,
    settings.keyFile,
    settings.roll,
    settings.leastKeyBits,
    settings.pulsesPerKilowattHour,
    settings.checkpointMs,
    settings.checkpointPulses,
    settings.poolTarget,
    settings.outboxCapacity,
    settings.boundaryToleranceMs,
    settings.statusMs,
    clampsToCbor(settings.clamps ?? new Map()),
  ]);
}

/** @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range. */
export function decodeSettings(bytes: Uint8Array): MeterSettings {
  const fields = new Fields(decodeCbor(bytes, "settings"), "settings", 14);
  const positive = (index: number, name: string, most: number): number => {
    const value = fields.uint(index, name, most);
    if (value < 1) throw new ChoirError("value_out_of_range", `settings.${name}`, `1 to ${most}`, `${value}`);
    return value;
  };
  return {
    meter: fields.id(0, "meter"),
    role: fields.oneOf(1, "role", ROLES),
    rootKey: fields.bytes(2, "root key", 32),
    keyFile: fields.bytes(3, "key file"),
    roll: fields.bytes(4, "roll"),
    leastKeyBits: positive(5, "least key bits", 16_384),
    pulsesPerKilowattHour: positive(6, "pulses per kWh", 1_000_000),
    checkpointMs: positive(7, "checkpoint ms", MOST_MS),
    checkpointPulses: positive(8, "checkpoint pulses", Number.MAX_SAFE_INTEGER),
    poolTarget: positive(9, "pool target", 1_000),
    outboxCapacity: positive(10, "outbox capacity", 10_000),
    boundaryToleranceMs: positive(11, "boundary tolerance ms", MOST_MS),
    statusMs: positive(12, "status ms", MOST_MS),
    clamps: readClamps(fields, 13),
  };
}
