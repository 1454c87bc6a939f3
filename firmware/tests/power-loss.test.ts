/** A scripted day whose power is cut before every single change of the store, then goes on: ARCHITECTURE.md, What must always hold, each time. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { uint64Value } from "../../core/bytes.ts";
import { bytesToInteger } from "../../core/integers.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { decodeCbor } from "../../core/wire/cbor.ts";
import { topics } from "../../core/wire/topics.ts";
import { bookmarkFromCbor, type Totals, totalsFromCbor } from "../bookmark.ts";
import { energyBetween } from "../energy.ts";
import { identityOf } from "../identity.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment, readingOf } from "./deployment.ts";
import { MapStore, type Message, rememberingVerify, type StoreOperation } from "./doubles.ts";
import { HeadEnd } from "./head-end.ts";
import { Machine, type MachineParts } from "./machine.ts";

const INTERVALS = 96;
const END_MS = DAY_MS + INTERVALS * LENGTH_MS + LENGTH_MS / 2;
const STEP_MS = 60_000;
const CHECKPOINT_MS = 450_000;
const TOLERANCE_MS = 5000;
const CHANNELS = [OBIS_IMPORT, OBIS_EXPORT];
const READING_TOPICS = ["g1", "g2"].map((group) => topics.reading(group, "h1"));
/** The day has one power cut of its own, in the middle of an interval, so that restarts are among what is cut. */
const OWN_CUT = { atMs: DAY_MS + 6 * 3_600_000 + 400_000, downMs: 40_000 };
/** A restart within the boundary's tolerance, and one that comes too late for a boundary. */
const DOWN_MS = [2000, 90_000] as const;

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

/** A stretch with power, and the meter's world at its end. */
interface Cut {
  readonly atMs: number;
  readonly downMs: number;
}

/** The world at the moment before one change of the store. */
interface Snapshot {
  readonly flash: ReadonlyMap<string, Uint8Array>;
  readonly atMs: number;
  readonly headEnd: HeadEnd;
  readonly messages: readonly Message[];
  readonly cuts: readonly Cut[];
  readonly operation: StoreOperation;
}

/** One future: a machine that runs to the end of the day, watched by the rules that hold at every write. */
class Run {
  readonly machine: Machine;
  readonly #past: readonly Message[];
  readonly headEnd: HeadEnd;
  /** Energies by interval, as the register's own bookmark has them. */
  readonly registered = new Map<number, readonly number[]>();
  totals: Totals = new Map();

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
function powered(obis: string, fromMs: number, toMs: number, cuts: readonly Cut[]): number {
  let sum = pulses(obis, toMs) - pulses(obis, fromMs);
  for (const { atMs, downMs } of cuts) {
    const from = Math.max(fromMs, atMs);
    const to = Math.min(toMs, atMs + downMs);
    if (to > from) sum -= pulses(obis, to) - pulses(obis, from);
  }
  return sum;
}

const verify = rememberingVerify();
let deployment: Deployment;
let meterKey: Uint8Array;

const known = new Map<Uint8Array, { readonly interval: number; readonly c: bigint }>();

/** Interval and ciphertext of a message, taken apart and checked once however many futures share it. */
function taken(payload: Uint8Array): { readonly interval: number; readonly c: bigint } {
  const before = known.get(payload);
  if (before !== undefined) return before;
  const { interval, ciphertext } = readingOf(payload, meterKey, deployment.opened);
  const result = { interval, c: bytesToInteger(ciphertext) };
  known.set(payload, result);
  return result;
}

/** What is wrong with a whole day, in words; nothing when all holds. */
function faults(run: Run, cuts: readonly Cut[], mayMiss: readonly number[]): readonly string[] {
  const wrong: string[] = [];
  const texts = new Set<string>();
  const residues = new Set<bigint>();
  const ciphertexts = new Map<number, bigint>();
  const messages = new Map<number, Uint8Array>();
  const { key } = deployment.opened;
  for (const { topic, payload } of run.messages) {
    if (!READING_TOPICS.includes(topic)) continue;
    const text = Buffer.from(payload).toString("latin1");
    if (texts.has(text)) continue;
    texts.add(text);
    const { interval, c } = taken(payload);
    if (messages.has(interval)) wrong.push(`interval ${interval - FIRST} is sealed twice`);
    if (residues.has(c % key.n)) wrong.push(`a pool entry is used twice, in interval ${interval - FIRST}`);
    residues.add(c % key.n);
    ciphertexts.set(interval, c);
    messages.set(interval, payload);
  }
  // intervals far from any cut are exact, so the sum of all of them has but one value: one opening checks them all
  const far: number[] = [];
  for (let interval = FIRST; interval < FIRST + INTERVALS; interval++) {
    const message = messages.get(interval);
    if (message === undefined) {
      if (!mayMiss.includes(interval)) wrong.push(`interval ${interval - FIRST} is missing`);
      continue;
    }
    const [startMs, endMs] = [interval * LENGTH_MS, (interval + 1) * LENGTH_MS];
    const near = cuts.filter(({ atMs, downMs }) => atMs <= endMs && atMs + downMs + TOLERANCE_MS >= startMs);
    if (near.length === 0) {
      far.push(interval);
      continue;
    }
    const { energies } = deployment.open(message, meterKey);
    CHANNELS.forEach((obis, i) => {
      const lost = near.reduce((sum, { atMs }) => sum + powered(obis, atMs - CHECKPOINT_MS, atMs, cuts), 0);
      const least = powered(obis, startMs + TOLERANCE_MS, endMs, cuts) - lost;
      const most = powered(obis, startMs, endMs + TOLERANCE_MS, cuts);
      const energy = energies[i] ?? Number.NaN;
      if (!(energy >= 1000 * least && energy <= 1000 * most)) {
        wrong.push(`interval ${interval - FIRST} has ${energy} mWh for ${least} to ${most} pulses`);
      }
      const registered = run.registered.get(interval)?.[i];
      if (registered !== undefined && registered !== energy) wrong.push(`${interval - FIRST} is not the register's`);
    });
  }
  const sums = deployment.sum(far.map((interval) => ciphertexts.get(interval) ?? 0n));
  CHANNELS.forEach((obis, i) => {
    const exact = far.map((one) => 1000 * powered(obis, one * LENGTH_MS, (one + 1) * LENGTH_MS, []));
    if (sums[i] !== exact.reduce((sum, energy) => sum + energy, 0)) wrong.push(`${obis} does not sum to its pulses`);
    for (const [index, interval] of far.entries()) {
      const registered = run.registered.get(interval)?.[i];
      if (registered !== undefined && registered !== exact[index])
        wrong.push(`register of ${interval - FIRST} is wrong`);
    }
  });
  for (const obis of CHANNELS) {
    const truth = powered(obis, DAY_MS, END_MS, cuts);
    const lost = cuts.reduce((sum, { atMs }) => sum + powered(obis, atMs - CHECKPOINT_MS, atMs, cuts), 0);
    // the last checkpoint before the end is at most one period old
    const late = powered(obis, END_MS - CHECKPOINT_MS, END_MS, cuts);
    const total = run.totals.get(obis) ?? Number.NaN;
    if (!(total <= truth && total >= truth - lost - late)) wrong.push(`${obis} has ${total} of ${truth} pulses`);
  }
  return wrong;
}

/** The intervals that a cut may cost: one burnt and not yet stored; with a long restart also those beside a boundary that nobody saw. */
function mayMiss({ flash, atMs }: Snapshot, downMs: number): readonly number[] {
  const kept = flash.get("burnt");
  const burnt = kept === undefined ? -1 : uint64Value(kept);
  const stored = flash.has(`o/${burnt.toString(36)}`);
  const boundary = Math.ceil(atMs / LENGTH_MS);
  const unseen = downMs > TOLERANCE_MS && boundary * LENGTH_MS + TOLERANCE_MS < atMs + downMs;
  return [...(stored ? [] : [burnt]), ...(unseen ? [boundary - 1, boundary] : [])];
}

describe("a meter whose power is cut before any change of its store", () => {
  const snapshots: Snapshot[] = [];
  let day: Run;

  /** Runs on, and keeps the world before each change when asked to. */
  const liveOn = async (run: Run, untilMs: number, cuts: readonly Cut[], keep: boolean): Promise<void> => {
    const { machine } = run;
    machine.store.before = (operation) => {
      if (keep) {
        const headEnd = run.headEnd.copy();
        headEnd.take(run.messages);
        const flash = new Map(machine.store.map);
        snapshots.push({ flash, atMs: machine.time.nowMs, headEnd, messages: run.messages, cuts, operation });
      }
      run.watch(operation);
    };
    await run.live(untilMs);
  };

  beforeAll(async () => {
    deployment = makeDeployment();
    // the identity is made before there is a roll, so it is not part of the day
    const maker = new Machine({ deployment });
    meterKey = identityOf(maker.host).publicKey;
    const identity = { flash: new Map(maker.store.map), atMs: DAY_MS, headEnd: new HeadEnd(deployment) };
    const none = { kind: "set", key: "none", value: undefined } as const;
    const morning = new Run(deployment, { ...identity, messages: [], cuts: [], operation: none });
    await liveOn(morning, OWN_CUT.atMs, [], true);
    const world = {
      flash: morning.machine.store.map,
      atMs: OWN_CUT.atMs,
      headEnd: morning.headEnd,
      messages: morning.messages,
    };
    day = new Run(deployment, { ...world, cuts: [], operation: none }, OWN_CUT.downMs);
    day.totals = morning.totals;
    for (const [interval, energies] of morning.registered) day.registered.set(interval, energies);
    await liveOn(day, END_MS, [OWN_CUT], true);
  });

  test("loses nothing at all on a day that is cut but once, between boundaries", () => {
    expect(faults(day, [OWN_CUT], [])).toEqual([]);
    expect(day.machine.rejections()).toEqual([]);
    expect(day.messages.length).toBeGreaterThan(2 * INTERVALS);
    expect(snapshots.length).toBeGreaterThan(5 * INTERVALS);
  });

  test("uses no entry twice, seals no interval twice, keeps the register and loses at most the interval around the cut", async () => {
    const wrong: string[] = [];
    let missedOnce = false;
    for (const [index, snapshot] of snapshots.entries()) {
      const downMs = DOWN_MS[index % 2] ?? 0;
      const run = new Run(deployment, snapshot, downMs);
      const own = snapshot.atMs < OWN_CUT.atMs ? [] : [OWN_CUT];
      const cuts = [...own, { atMs: snapshot.atMs, downMs }];
      await liveOn(run, END_MS, cuts, false);
      const allowed = mayMiss(snapshot, downMs);
      missedOnce ||= allowed.length > 0;
      for (const fault of faults(run, cuts, allowed)) {
        wrong.push(`cut ${index} before ${snapshot.operation.kind} ${snapshot.operation.key}: ${fault}`);
      }
      run.machine.time.forget();
      if (wrong.length > 20) break;
    }
    expect(wrong).toEqual([]);
    expect(missedOnce).toBe(true);
  });
});
