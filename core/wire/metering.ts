/** How a meter measures and reports, as numbers with bounds: fields that a configuration and a meter's settings share (docs/PROTOCOL.md, Configuration). */

import type { Fields } from "./cbor.ts";

/** Numbers of one meter. */
export interface Metering {
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
}

const MOST_MS = 86_400_000;

/** The numbers in their order on the wire. */
export function meteringFields(metering: Metering): readonly number[] {
  return [
    metering.checkpointMs,
    metering.checkpointPulses,
    metering.poolTarget,
    metering.outboxCapacity,
    metering.boundaryToleranceMs,
    metering.statusMs,
  ];
}

/** Reads them from index `first` on. @throws ChoirError field_wrong, value_out_of_range. */
export function readMetering(fields: Fields, first: number): Metering {
  return {
    checkpointMs: fields.between(first, "checkpoint ms", 1, MOST_MS),
    checkpointPulses: fields.between(first + 1, "checkpoint pulses", 1, Number.MAX_SAFE_INTEGER),
    poolTarget: fields.between(first + 2, "pool target", 1, 1_000),
    outboxCapacity: fields.between(first + 3, "outbox capacity", 1, 10_000),
    boundaryToleranceMs: fields.between(first + 4, "boundary tolerance ms", 1, MOST_MS),
    statusMs: fields.between(first + 5, "status ms", 1, MOST_MS),
  };
}
