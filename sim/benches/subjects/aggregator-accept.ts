/**
 * The aggregator's door: bytes in, durable out, 256 in flight, the real intake and ledger on a disk, without the proofs; against the
 * least that any aggregator must do for a message, one Ed25519 verification and one product mod n^2, on one core.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { intervalEnd } from "../../../core/interval.ts";
import { parseEnvelope } from "../../../core/wire/envelope.ts";
import { topics } from "../../../core/wire/topics.ts";
import { Intake } from "../../../headend/aggregator/intake.ts";
import { Ledger } from "../../../headend/aggregator/ledger.ts";
import { nodeAsyncVerifier, nodeVerifier } from "../../../headend/service/crypto.ts";
import type { Bench, Subject } from "../bench.ts";
import { GROUP, INTERVAL, INTERVAL_MS } from "../deployment.ts";
import type { Measurement } from "../measurement.ts";
import { type DoorMessage, doorMessages } from "../readings.ts";
import { inTurn } from "../sampling.ts";

const NAME = "aggregator.accept";
const ONE_CORE = "aggregator.accept.one-core";
const TARGET = 0.7;
const IN_FLIGHT = 256;

/** Messages a second. */
interface Rate {
  readonly byClock: number;
  /** As if one core did what all did: by the time of all threads, or by the clock where that is more. */
  readonly byCore: number;
}

/** Samples of the door, and of the bound over the messages that the door took last. */
interface Door {
  readonly accept: () => Promise<Rate>;
  readonly bound: () => Promise<Rate>;
  readonly close: () => Promise<void>;
}

export const acceptance: Subject = {
  names: () => [NAME, ONE_CORE],
  async measure(bench, wanted) {
    const measurements: Measurement[] = [];
    if (wanted(NAME)) measurements.push(await measureDoor(bench, NAME, availableParallelism(), "byClock"));
    if (wanted(ONE_CORE)) measurements.push(await measureDoor(bench, ONE_CORE, 1, "byCore"));
    return measurements;
  },
};

/** @param cores how many the intake is to reckon with */
async function measureDoor(bench: Bench, name: string, cores: number, rate: keyof Rate): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), "choir-bench-"));
  try {
    const door = await openDoor(bench, join(folder, "store"), cores);
    try {
      const [accepted = [], bounds = []] = await inTurn(bench.options.samples + 1, [door.accept, door.bound]);
      return {
        name,
        engine: "node",
        unit: "msg/s",
        // the first of each warms up
        values: accepted.slice(1).map((sample) => sample[rate]),
        baselines: bounds.slice(1).map(({ byClock }) => byClock),
        against: "verify + multiply",
        better: "more",
        target: TARGET,
      };
    } finally {
      await door.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openDoor({ deployment, options }: Bench, folder: string, cores: number): Promise<Door> {
  const { keyFile, meters } = deployment;
  const ledger = await Ledger.open(folder, deployment, GROUP);
  const intervals = Math.ceil(((options.samples + 1) * options.messages) / meters.length);
  const nowMs = intervalEnd(INTERVAL + intervals, INTERVAL_MS);
  const clock = { nowMs: () => nowMs };
  const events = { accepted: () => {}, countedAgain: () => {}, alarm: () => {} };
  const intake = new Intake({ keyFile, group: GROUP, ledger, clock, verify: nodeAsyncVerifier(cores), events });
  const verify = nodeVerifier();
  const source = doorMessages(deployment);
  let messages: readonly DoorMessage[] = [];
  let product = 1n;

  const accept = (): Promise<Rate> => {
    messages = Array.from({ length: options.messages }, () => source.next().value);
    // one iterator for all lanes: each takes the next message when its last is on the disk
    const waiting = messages.values();
    const lane = async (): Promise<void> => {
      for (const { meter, bytes } of waiting) {
        const verdict = await intake.accept(topics.reading(GROUP, meter), bytes);
        if (verdict.kind === "refused") throw verdict.error;
      }
    };
    return timed(messages.length, () => Promise.all(Array.from({ length: IN_FLIGHT }, lane)));
  };

  // decoding is no part of the bound, so it is done before
  const bound = (): Promise<Rate> => {
    const parts = messages.map(({ meter, bytes, ciphertext }) => ({
      envelope: parseEnvelope("reading", bytes),
      // every message is from a meter of the roll
      key: ledger.plan(INTERVAL)?.members.get(meter)?.key as Uint8Array,
      ciphertext,
    }));
    return timed(parts.length, async () => {
      for (const { envelope, key, ciphertext } of parts) {
        if (!verify(key, envelope.signed, envelope.signature)) {
          throw new ChoirError("signature_wrong", NAME, "a signature that holds", "another");
        }
        product = (product * ciphertext) % keyFile.key.nSquared;
      }
    });
  };

  return { accept, bound, close: () => ledger.close() };
}

async function timed(count: number, work: () => Promise<unknown>): Promise<Rate> {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await work();
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(startCpu);
  const rate = (ms: number): number => (1000 * count) / ms;
  return { byClock: rate(wallMs), byCore: rate(Math.max(wallMs, (user + system) / 1000)) };
}
