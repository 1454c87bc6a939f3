/** A scripted day whose power is cut before every single change of the store, then goes on: ARCHITECTURE.md, What must always hold, each time. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { uint64Value } from "../../core/bytes.ts";
import { bytesToInteger } from "../../core/integers.ts";
import { topics } from "../../core/wire/topics.ts";
import { identityOf } from "../identity.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment, readingOf } from "./deployment.ts";
import { HeadEnd } from "./head-end.ts";
import { Machine } from "./machine.ts";
import {
  CHANNELS,
  CHECKPOINT_MS,
  type Cut,
  END_MS,
  firstBeacon,
  INTERVALS,
  powered,
  Run,
  type Snapshot,
  TOLERANCE_MS,
} from "./scripted-day.ts";

const READING_TOPICS = ["g1", "g2"].map((group) => topics.reading(group, "h1"));
/** The day has one power cut of its own, in the middle of an interval, so that restarts are among what is cut. */
const OWN_CUT = { atMs: DAY_MS + 6 * 3_600_000 + 400_000, downMs: 40_000 };
/** A restart within the boundary's tolerance, and one that comes too late for a boundary. */
const DOWN_MS = [2000, 90_000] as const;

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

/**
 * The intervals that a cut may cost: one burnt and not yet stored; with a long restart also those beside a boundary that nobody saw; and where the link
 * is down, those that ended before a beacon confirmed the clock, but for the last.
 */
function mayMiss({ flash, atMs }: Snapshot, downMs: number): readonly number[] {
  const kept = flash.get("burnt");
  const burnt = kept === undefined ? -1 : uint64Value(kept);
  const stored = flash.has(`o/${burnt.toString(36)}`);
  const boundary = Math.ceil(atMs / LENGTH_MS);
  const unseen = downMs > TOLERANCE_MS && boundary * LENGTH_MS + TOLERANCE_MS < atMs + downMs;
  const last = Math.floor(atMs / LENGTH_MS) - 1;
  const waited = Math.floor(firstBeacon(atMs + downMs) / LENGTH_MS) - 1 - last;
  const unconfirmed = Array.from({ length: Math.max(0, waited) }, (_, i) => last + i);
  return [...(stored ? [] : [burnt]), ...(unseen ? [boundary - 1, boundary] : []), ...unconfirmed];
}

describe("a meter whose power is cut before any change of its store", () => {
  const snapshots: Snapshot[] = [];
  let day: Run;

  /** Runs on, and keeps the world before each change when asked to. */
  const liveOn = async (run: Run, untilMs: number, keep: boolean): Promise<void> => {
    const { machine } = run;
    machine.store.before = (operation) => {
      if (keep) {
        const headEnd = run.headEnd.copy();
        headEnd.take(run.messages);
        const flash = new Map(machine.store.map);
        const { messages, totals } = run;
        snapshots.push({ flash, atMs: machine.time.nowMs, headEnd, messages, totals, operation });
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
    const morning = new Run(deployment, { ...identity, messages: [], totals: new Map(), operation: none });
    await liveOn(morning, OWN_CUT.atMs, true);
    const world = {
      flash: morning.machine.store.map,
      atMs: OWN_CUT.atMs,
      headEnd: morning.headEnd,
      messages: morning.messages,
      totals: morning.totals,
    };
    day = new Run(deployment, { ...world, operation: none }, OWN_CUT.downMs);
    for (const [interval, energies] of morning.registered) day.registered.set(interval, energies);
    await liveOn(day, END_MS, true);
  });

  test("loses nothing at all on a day that is cut but once, between boundaries", () => {
    expect(faults(day, [OWN_CUT], [])).toEqual([]);
    expect(day.machine.rejections()).toEqual([]);
    expect(day.messages.length).toBeGreaterThan(2 * INTERVALS);
    expect(snapshots.length).toBeGreaterThan(5 * INTERVALS);
  });

  // in four parts, so that a slow machine does not run into the limit of one test
  test.each([0, 1, 2, 3])(
    "uses no entry twice, seals no interval twice, keeps the register and loses at most the interval around the cut, part %i of 0 to 3",
    async (part) => {
      const wrong: string[] = [];
      let missedOnce = false;
      for (const [index, snapshot] of snapshots.entries()) {
        if (index % 4 !== part) continue;
        const downMs = DOWN_MS[(index >> 2) % 2] ?? 0;
        const run = new Run(deployment, snapshot, downMs);
        const own = snapshot.atMs < OWN_CUT.atMs ? [] : [OWN_CUT];
        const cuts = [...own, { atMs: snapshot.atMs, downMs }];
        await liveOn(run, END_MS, false);
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
    },
  );
});
