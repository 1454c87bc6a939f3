/** The readings of the machine on the bench as the broker saw them: each checked and opened, all messages of an interval kept apart by their bytes. */

import { bytesToInteger, power } from "../../../../core/integers.ts";
import { unpack } from "../../../../core/paillier/packing.ts";
import { holds, statement } from "../../../../core/paillier/proof.ts";
import { Opener } from "../../../../core/secret/opener.ts";
import { checkSignature, parseEnvelope } from "../../../../core/wire/envelope.ts";
import { decodeReading } from "../../../../core/wire/reading.ts";
import { topics } from "../../../../core/wire/topics.ts";
import { readSecretKey } from "../../../../headend/provider/secret-file.ts";
import { nodeDigest, nodeVerify } from "../../../node/primitives.ts";
import type { SuiteRig } from "../../../tests/conformance/rig.ts";
import { type BenchDeployment, GROUP, INTERVAL_MS, METER } from "./bench-deployment.ts";

/** One interval's reading. */
export interface Reading {
  readonly interval: number;
  readonly milliwattHours: number;
  /** From the end of its interval until this computer saw it, by this computer's clock. */
  readonly closeToPublishMs: number;
}

/** Follows one meter's topic. */
export class BenchReadings {
  readonly #rig: SuiteRig;
  readonly #deployment: BenchDeployment;
  readonly #publicKey: Uint8Array;
  readonly #opener: Opener;
  readonly #readings = new Map<number, Reading>();
  readonly #messages = new Map<number, Set<string>>();
  #taken = 0;

  constructor(rig: SuiteRig, deployment: BenchDeployment, publicKey: Uint8Array) {
    this.#rig = rig;
    this.#deployment = deployment;
    this.#publicKey = publicKey;
    this.#opener = new Opener(
      readSecretKey(deployment.secretKeyFile),
      (modulus) => (base, exponent) => power(base, exponent, modulus),
    );
  }

  /** Takes what has come since. @throws (rejects) ChoirError for a message that is no reading of this meter. */
  async look(): Promise<void> {
    const heard = await this.#rig.heard(topics.reading(GROUP, METER));
    for (const { payload } of heard.slice(this.#taken)) this.#take(payload);
    this.#taken = heard.length;
  }

  /** Readings of intervals above this one, ascending. */
  after(interval: number): readonly Reading[] {
    return [...this.#readings.values()]
      .filter((one) => one.interval > interval)
      .sort((a, b) => a.interval - b.interval);
  }

  /** The highest interval that was sealed; -1 when there is none. */
  get last(): number {
    return Math.max(-1, ...this.#readings.keys());
  }

  /** Intervals for which two messages of different bytes came. */
  get sealedTwice(): readonly number[] {
    return [...this.#messages].filter(([, messages]) => messages.size > 1).map(([interval]) => interval);
  }

  #take(bytes: Uint8Array): void {
    const seenMs = Date.now();
    const { key, layout } = this.#deployment.keyFile;
    const envelope = parseEnvelope("reading", bytes);
    checkSignature(envelope, this.#publicKey, nodeVerify, "reading");
    const reading = decodeReading(envelope.payload, key, layout);
    const { interval } = reading;
    const messages = this.#messages.get(interval) ?? new Set();
    this.#messages.set(interval, messages.add(Buffer.from(bytes).toString("base64")));
    if (this.#readings.has(interval)) return;
    const proof = statement(key, layout.bits, nodeDigest, reading, reading);
    if (!holds(key, (base, exponent) => power(base, exponent, key.nSquared), proof)) {
      throw new Error(`the proof of interval ${interval} does not hold`);
    }
    const { sums } = unpack(layout, this.#opener.open(bytesToInteger(reading.ciphertext)), 1);
    const closeToPublishMs = seenMs - (interval + 1) * INTERVAL_MS;
    this.#readings.set(interval, { interval, milliwattHours: Number(sums[0]), closeToPublishMs });
  }
}
