/** An aggregator in this process, on a stepped clock, with its ledger in a temporary folder and its aggregates in a list. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Aggregate, decodeAggregate } from "../../../core/wire/aggregate.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "../../../core/wire/envelope.ts";
import { encodeReceipt } from "../../../core/wire/receipt.ts";
import type { Roll } from "../../../core/wire/roll.ts";
import { topics } from "../../../core/wire/topics.ts";
import { Activity } from "../../service/activity.ts";
import { nodeVerifier } from "../../service/crypto.ts";
import { createLogger } from "../../service/log.ts";
import { createRegistry } from "../../service/metrics.ts";
import { SteppedClock } from "../../service/stepped.ts";
import type { Town } from "../../service/tests/town.ts";
import { Aggregator } from "../aggregator.ts";
import { type GroupPlan, groupPlan } from "../group-plan.ts";
import { Ledger } from "../ledger.ts";
import { type AggregatorMetrics, aggregatorMetrics } from "../metrics.ts";

/** The aggregator of group g0. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "choir-"));
  readonly town: Town;
  readonly plan: GroupPlan;
  readonly verify = nodeVerifier();
  /** Messages published, in order. */
  readonly published: Uint8Array[] = [];
  /** Testimonies published, in order. */
  readonly evidence: Uint8Array[] = [];
  activity = new Activity();
  clock = new SteppedClock(this.activity);
  #ledger: Ledger | undefined;
  #aggregator: Aggregator | undefined;
  #metrics: AggregatorMetrics | undefined;

  constructor(town: Town) {
    this.town = town;
    this.plan = there(groupPlan(town.roll, "g0"));
  }

  /** Starts, or starts again on the same folder, at an instant. */
  async start(utcMs: number, roll = this.town.roll): Promise<void> {
    const { town, verify } = this;
    const trust = { keyFile: town.keyFile, roll };
    this.activity = new Activity();
    const clock = new SteppedClock(this.activity);
    this.clock = clock;
    this.#ledger = await Ledger.open(join(this.folder, "store"), trust, "g0");
    this.#metrics = aggregatorMetrics(createRegistry(), () => 1);
    this.#aggregator = new Aggregator({
      keyFile: town.keyFile,
      group: "g0",
      ledger: this.ledger,
      clock,
      signer: town.aggregator("g0"),
      verify,
      publish: async (message) => void this.published.push(message),
      publishEvidence: async (message) => void this.evidence.push(message),
      log: createLogger("test", "silent", clock),
      metrics: this.metrics,
    });
    await clock.stepTo(utcMs);
    await this.activity.run(() => this.aggregator.start());
    await clock.stepTo(utcMs);
  }

  get ledger(): Ledger {
    return there(this.#ledger);
  }

  get aggregator(): Aggregator {
    return there(this.#aggregator);
  }

  get metrics(): AggregatorMetrics {
    return there(this.#metrics);
  }

  /** A new roll, as a reload brings it. */
  adopt(roll: Roll): Promise<boolean> {
    return this.ledger.plans.adopt(roll);
  }

  /** Stops cleanly. */
  async stop(): Promise<void> {
    await this.aggregator.stop();
    await this.ledger.close();
  }

  /** Stops, and the folder goes. */
  async end(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  send(meter: string, message: Uint8Array): Promise<void> {
    return this.aggregator.acceptReading(topics.reading("g0", meter), message);
  }

  /** Every meter but these reports `value` of import and no export; the messages by meter. */
  async report(interval: number, value: number, except: readonly string[] = []): Promise<Map<string, Uint8Array>> {
    const messages = new Map<string, Uint8Array>();
    for (const meter of this.plan.members.keys()) {
      if (!except.includes(meter)) messages.set(meter, this.town.reading(meter, interval, value, 0));
    }
    await Promise.all([...messages].map(([meter, message]) => this.send(meter, message)));
    return messages;
  }

  /** The provider's word on a part. */
  receipt(interval: number, part: number, status: "opened" | "refused", blocks: readonly string[]): Promise<void> {
    const { keyId } = this.town.keyFile;
    const payload = encodeReceipt({ group: "g0", interval, keyId, part, status, blocks });
    const message = sealEnvelope("receipt", payload, this.town.provider.signer);
    return this.aggregator.acceptReceipt(topics.receipt("g0"), message);
  }

  /** Published aggregates, signatures checked. */
  aggregates(): readonly Aggregate[] {
    return this.published.map((message) => {
      const envelope = parseEnvelope("aggregate", message);
      checkSignature(envelope, this.plan.aggregatorKey, this.verify, "aggregate");
      return decodeAggregate(envelope.payload, this.town.keyFile.key);
    });
  }

  /** How often a reading was judged so, by verdict or by the code of its refusal. */
  async judged(name: string): Promise<number> {
    const { values } = await this.metrics.readings.get();
    return values.find(({ labels }) => labels.code === name || labels.verdict === name)?.value ?? 0;
  }

  async alarms(code: string): Promise<number> {
    const { values } = await this.metrics.alarms.get();
    return values.find(({ labels }) => labels.code === code)?.value ?? 0;
  }

  /** The ledger's readable state, to see that nothing changed. */
  async state(interval: number): Promise<string> {
    const { ledger, plan } = this;
    const ids: string[] = [];
    for await (const id of ledger.deliveries()) ids.push(Buffer.from(id).toString("hex"));
    const blocks = [...plan.blocks.keys()].map((block) => ledger.block(interval, block));
    return JSON.stringify([ids, blocks], (_key, value) => (typeof value === "bigint" ? value.toString() : value));
  }
}

function there<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new Error("start first");
  return value;
}
