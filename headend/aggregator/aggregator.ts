/** An aggregator without its process: intake, closing, courier and receipts wired around one ledger. */

import { ChoirError } from "../../core/errors.ts";
import type { Signer, Verify } from "../../core/ports.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import { encodeTestimony } from "../../core/wire/testimony.ts";
import type { ServiceClock } from "../service/clock.ts";
import { nodeAsyncVerifier, nodeDigest, nodeEntropy } from "../service/crypto.ts";
import type { Logger } from "../service/log.ts";
import { openSslPower } from "../service/power.ts";
import { Closing, type ClosingEvents } from "./closing.ts";
import { Courier, type SealedPart } from "./courier.ts";
import { Intake, type IntakeEvents } from "./intake.ts";
import type { Ledger } from "./ledger.ts";
import type { AggregatorMetrics } from "./metrics.ts";
import { enterReceipt } from "./receipts.ts";

/** What an aggregator is made of. */
export interface AggregatorParts {
  readonly keyFile: KeyFile;
  readonly group: string;
  readonly ledger: Ledger;
  readonly clock: ServiceClock;
  readonly signer: Signer;
  readonly verify: Verify;
  /** Sends a signed aggregate; resolves when the broker has it. */
  readonly publish: (message: Uint8Array) => Promise<void>;
  /** Sends a testimony to the trustees. */
  readonly publishEvidence: (message: Uint8Array) => Promise<void>;
  readonly log: Logger;
  readonly metrics: AggregatorMetrics;
}

/** One group's aggregator. */
export class Aggregator {
  readonly #parts: AggregatorParts;
  readonly #intake: Intake;
  readonly #closing: Closing;
  readonly #courier: Courier;

  constructor(parts: AggregatorParts) {
    const { keyFile, group, ledger, clock, signer } = parts;
    this.#parts = parts;
    this.#courier = new Courier({
      clock,
      intervalMs: keyFile.intervalMs,
      publish: (sealed) => this.#publish(sealed),
      remind: ({ message }) => parts.publish(message),
    });
    const powerMod = openSslPower(keyFile.key.nSquared);
    const common = { keyFile, group, ledger, clock };
    this.#closing = new Closing({
      ...common,
      signer,
      digest: nodeDigest,
      entropy: nodeEntropy,
      powerMod,
      events: this.#closingEvents(),
    });
    this.#intake = new Intake({ ...common, verify: nodeAsyncVerifier(), events: this.#intakeEvents() });
  }

  /** Sends what is outstanding, closes what is overdue, and sets the timers; call once the time is known. */
  async start(): Promise<void> {
    const { ledger } = this.#parts;
    for await (const { interval, part, record } of ledger.parts()) {
      const { blocks, message } = record;
      if (record.receipt === undefined) this.#courier.send({ interval, part, blocks, message });
    }
    await this.#closing.start();
  }

  /** A message of a meter; resolves when it may be acknowledged. */
  async acceptReading(topic: string, bytes: Uint8Array): Promise<void> {
    const { metrics, log } = this.#parts;
    const verdict = await this.#intake.accept(topic, bytes);
    const code = verdict.kind === "refused" ? verdict.error.code : "";
    metrics.readings.inc({ verdict: verdict.kind, code });
    if (verdict.kind === "refused") log.warn({ topic, code }, verdict.error.message);
  }

  /** A message of the provider; resolves when it may be acknowledged. */
  async acceptReceipt(topic: string, bytes: Uint8Array): Promise<void> {
    const { keyFile, group, ledger, verify, metrics, log } = this.#parts;
    try {
      const parts = { keyFile, group, ledger, verify };
      const receipt = await enterReceipt(parts, topic, bytes);
      if (receipt === undefined) return;
      const { interval, part, status, blocks } = receipt;
      this.#courier.done(receipt);
      metrics.receipts.inc({ status });
      if (status === "opened") {
        log.info({ interval, part }, "opened");
        return;
      }
      log.error({ interval, part, leaveOut: blocks }, "the provider refused a part");
      this.#closing.refused(interval);
    } catch (error) {
      if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
      log.warn({ topic, code: error.code }, error.message);
    }
  }

  /** The broker is there again, and may have lost what it had. */
  connected(): void {
    this.#courier.connected();
  }

  /** Stops all timers and waits for the work under way. */
  async stop(): Promise<void> {
    await this.#closing.stop();
    this.#courier.stop();
  }

  /** The aggregate goes first: the provider then knows what the shares are of that the testimony sets off. */
  async #publish({ interval, blocks, message }: SealedPart): Promise<void> {
    const { keyFile, ledger, publish, publishEvidence } = this.#parts;
    const sent = publish(message);
    if (keyFile.sharing === undefined || blocks.length === 0) return sent;
    const members = blocks.flatMap((block) => ledger.plan(interval)?.blocks.get(block) ?? []);
    const envelopes = members.map((member) => ledger.envelope(interval, member));
    await Promise.all([sent, publishEvidence(encodeTestimony({ aggregate: message, envelopes }))]);
  }

  #intakeEvents(): IntakeEvents {
    const { ledger, metrics, log } = this.#parts;
    return {
      accepted: (interval, { block }) => this.#closing.accepted(interval, block),
      countedAgain: (interval, part) => {
        const record = ledger.part(interval, part);
        if (record !== undefined) this.#courier.remind({ interval, part, ...record });
      },
      alarm: (alarm, interval, { meter, block }) => {
        metrics.alarms.inc({ code: alarm });
        log.error({ alarm, interval, meter, block }, "alarm");
      },
    };
  }

  #closingEvents(): ClosingEvents {
    const { metrics, log } = this.#parts;
    return {
      sealed: (sealed, contributors) => {
        const { interval, part } = sealed;
        metrics.parts.inc();
        metrics.contributors.inc(contributors);
        log.info({ interval, part, contributors }, "sealed");
        this.#courier.send(sealed);
      },
      badProof: (interval, { meter, block }) => {
        metrics.alarms.inc({ code: "proof_wrong" });
        log.error({ alarm: "proof_wrong", interval, meter, block }, "alarm");
      },
      pruned: (firstKept) => this.#courier.prune(firstKept),
    };
  }
}
