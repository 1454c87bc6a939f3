/** A scripted day of one meter, which can be lived from any moment of it: its pulses, its link, and the rules that hold at every write. */
import { uint64Value } from "../../core/bytes.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { decodeCbor } from "../../core/wire/cbor.ts";
import { bookmarkFromCbor, type Totals, totalsFromCbor } from "../bookmark.ts";
import { energyBetween } from "../energy.ts";
import { DAY_MS, type Deployment, LENGTH_MS } from "./deployment.ts";
import { MapStore, type Message, rememberingVerify, type StoreOperation } from "./doubles.ts";
import { HeadEnd } from "./head-end.ts";
import { Machine, type MachineParts } from "./machine.ts";

const verify = rememberingVerify();
export const INTERVALS = 96;
/** Behind the last interval, and behind the beacon that follows. */
export const END_MS = DAY_MS + INTERVALS * LENGTH_MS + 0.6 * LENGTH_MS;
const STEP_MS = 60_000;
export const CHECKPOINT_MS = 450_000;
export const TOLERANCE_MS = 5000;
export const CHANNELS = [OBIS_IMPORT, OBIS_EXPORT];

/** Import all day in waves, export around noon. */
function pulses(obis: string, trueMs: number): number {
  const hours = (trueMs - DAY_MS) / 3_600_000;
  if (obis === OBIS_IMPORT) return Math.floor(400 * hours + 150 * Math.sin(hours) + 2);
  return Math.floor(900 * Math.min(6, Math.max(0, hours - 9)));
}

/** Without a link for two hours of the night, and around each fifth boundary. */
function linkAt(trueMs: number): boolean {
  const hours = (trueMs - DAY_MS) / 3_600_000;
  const fifthMs = 5 * LENGTH_MS;
  const sinceFifthMs = (trueMs - DAY_MS) % fifthMs;
  return !(hours > 2.1 && hours < 4.05) && Math.min(sinceFifthMs, fifthMs - sinceFifthMs) > 150_000;
}

/** When the first beacon reaches a meter that starts at `startMs`: at an interval's start or middle, if the link was up a step before. */
export function firstBeacon(startMs: number): number {
  const halfMs = LENGTH_MS / 2;
  let atMs = (Math.floor(startMs / halfMs) + 1) * halfMs;
  while (!linkAt(Math.max(startMs, atMs - STEP_MS))) atMs += halfMs;
  return atMs;
}

/** When power went, and for how long. */
export interface Cut {
  readonly atMs: number;
  readonly downMs: number;
}

/** The world at the moment before one change of the store. */
export interface Snapshot {
  readonly flash: ReadonlyMap<string, Uint8Array>;
  readonly atMs: number;
  readonly headEnd: HeadEnd;
  readonly messages: readonly Message[];
  /** The register as it was last persisted. */
  readonly totals: Totals;
  readonly operation: StoreOperation;
}

/** One future: a machine that runs to the end of the day, watched by the rules that hold at every write. */
export class Run {
  readonly machine: Machine;
  readonly #past: readonly Message[];
  readonly headEnd: HeadEnd;
  /** Energies by interval, as the register's own bookmark has them. */
  readonly registered = new Map<number, readonly number[]>();
  totals: Totals;

  constructor(deployment: Deployment, from?: Snapshot, downMs = 0) {
    const parts: MachineParts = {
      deployment,
      pulses,
      store: new MapStore(from?.flash ?? []),
      startMs: from === undefined ? DAY_MS : from.atMs + downMs,
      verify,
      entropyName: from === undefined ? "day" : `after ${from.atMs} ${from.operation.key} ${downMs}`,
      settings: {
        checkpointMs: CHECKPOINT_MS,
        boundaryToleranceMs: TOLERANCE_MS,
        poolTarget: 1,
        statusMs: 12 * 3_600_000,
      },
    };
    this.machine = new Machine(parts);
    this.totals = from?.totals ?? new Map();
    this.#past = from?.messages ?? [];
    this.headEnd = from?.headEnd.copy() ?? new HeadEnd(deployment);
  }

  get messages(): readonly Message[] {
    return [...this.#past, ...this.machine.uplink.messages];
  }

  /** Runs until `untilMs`, with the link by the schedule and receipts each minute. */
  async live(untilMs: number): Promise<void> {
    const { machine, headEnd } = this;
    machine.start(linkAt(machine.time.nowMs));
    let read = machine.uplink.messages.length;
    headEnd.take(this.messages);
    for (
      let step = Math.floor((machine.time.nowMs - DAY_MS) / STEP_MS) + 1;
      DAY_MS + step * STEP_MS <= untilMs;
      step++
    ) {
      const instant = DAY_MS + step * STEP_MS;
      await machine.time.runTo(instant);
      machine.uplink.link(linkAt(instant));
      if (machine.uplink.messages.length > read) headEnd.take(this.messages);
      read = machine.uplink.messages.length;
      headEnd.answer(instant, machine.uplink);
    }
    await machine.time.runTo(untilMs);
  }

  /** Rules of a single write: the register never falls, the burnt mark only rises, nothing is in the outbox that is not burnt. */
  watch({ kind, key, value }: StoreOperation): void {
    if (kind !== "set" || value === undefined) return;
    const kept = this.machine.store.get("burnt");
    const burnt = kept === undefined ? -1 : uint64Value(kept);
    if (key === "burnt" && uint64Value(value) <= burnt) throw new Error(`burnt falls from ${burnt}`);
    if (key.startsWith("o/") && Number.parseInt(key.slice(2), 36) > burnt) throw new Error(`${key} is not burnt`);
    if (!key.startsWith("register/")) return;
    const record = decodeCbor(value.slice(8, -4), "register");
    if (!Array.isArray(record)) throw new Error("no register record");
    const totals = totalsFromCbor(record[1], "totals");
    for (const [channel, before] of this.totals) {
      if ((totals.get(channel) ?? 0) < before) throw new Error(`${channel} falls from ${before}`);
    }
    this.totals = totals;
    const { closed } = bookmarkFromCbor(record[2]);
    if (closed !== undefined) {
      this.registered.set(closed.interval, energyBetween(closed.start, closed.end, CHANNELS, 1000));
    }
  }
}

/** Pulses that came between two instants while there was power. */
export function powered(obis: string, fromMs: number, toMs: number, cuts: readonly Cut[]): number {
  let sum = pulses(obis, toMs) - pulses(obis, fromMs);
  for (const { atMs, downMs } of cuts) {
    const from = Math.max(fromMs, atMs);
    const to = Math.min(toMs, atMs + downMs);
    if (to > from) sum -= pulses(obis, to) - pulses(obis, from);
  }
  return sum;
}
