/** What a meter is provisioned with: pinned keys, its name, its place in the two signed files, and its pulse input (docs/PROTOCOL.md, Trust anchor). */

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
  /** Pulses per kWh of each channel's input, 1 to 1,000,000; energy in mWh = pulses * 1,000,000 / this, rounded down. */
  readonly pulsesPerKilowattHour: number;
  /** How often the counters are read and the register is checkpointed, in ms: with `checkpointPulses` the bound on what a power cut loses. */
  readonly checkpointMs: number;
  /** A checkpoint is also written as soon as a reading of the counters finds this many pulses since the last one. */
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
