/** The aggregator as a process: config file in, links to the broker, intake, closing and courier wired together. */

import * as v from "valibot";
import { ChoirError } from "../../core/errors.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { topics } from "../../core/wire/topics.ts";
import { BrokerLink, type LinkHost } from "../service/broker.ts";
import { besideConfig, COMMON_ENTRIES, ConfigId, readConfig } from "../service/config.ts";
import { nodeDigest, nodeEntropy, nodeVerifier } from "../service/crypto.ts";
import { deliveryKey } from "../service/delivery.ts";
import { createLogger, type Logger } from "../service/log.ts";
import { createRegistry, type MetricsServer, serveMetrics } from "../service/metrics.ts";
import { openSslPower } from "../service/power.ts";
import { type RunningService, runService, type ServiceHost, type ServiceOptions } from "../service/service.ts";
import { loadSigner, loadTrust } from "../service/trust.ts";
import { Closing, type ClosingEvents } from "./closing.ts";
import { Courier } from "./courier.ts";
import { type GroupPlan, groupPlan } from "./group-plan.ts";
import { Intake, type IntakeEvents } from "./intake.ts";
import { Ledger } from "./ledger.ts";
import { type AggregatorMetrics, aggregatorMetrics } from "./metrics.ts";
import { enterReceipt } from "./receipts.ts";

const MOST_CONNECTIONS = 256;
const DEFAULT_CONNECTIONS = 8;

/** The config file of an aggregator. */
export const AggregatorConfig = v.strictObject({
  party: v.literal("aggregator"),
  group: ConfigId,
  /** Links that readings come in by; each has one message under way at a time. */
  connections: v.optional(
    v.pipe(v.number(), v.integer("a whole number"), v.minValue(1, "1 to 256"), v.maxValue(MOST_CONNECTIONS, "1 to 256")),
    DEFAULT_CONNECTIONS,
  ),
  ...COMMON_ENTRIES,
});

/** Runs an aggregator until it is told to end. @throws ChoirError for whatever keeps it from starting. */
export function runAggregator(configFile: string, options: Partial<ServiceOptions> = {}): Promise<void> {
  const { clock = "system", leastKeyBits = MODULUS_BITS.least } = options;
  return runService({ clock }, (host) => startAggregator(configFile, leastKeyBits, host));
}

/** Starts an aggregator on the given clock. @throws ChoirError for whatever keeps it from starting. */
export async function startAggregator(
  configFile: string,
  leastKeyBits: number,
  host: ServiceHost,
): Promise<RunningService> {
  const { clock, activity, fail } = host;
  const config = readConfig(configFile, AggregatorConfig);
  const verify = nodeVerifier();
  const trust = loadTrust(configFile, config, verify, leastKeyBits);
  const { keyFile } = trust;
  const plan = groupPlan(trust.roll, config.group);
  const { group } = plan;
  const signer = loadSigner(configFile, config.signingKey, plan.aggregatorKey, `the roll names for group ${group}`);
  const log = createLogger(`aggregator ${group}`, config.logLevel, clock);
  const links: BrokerLink[] = [];
  const registry = createRegistry();
  const metrics = aggregatorMetrics(registry, () => links.filter(({ up }) => up).length);
  const ledger = await Ledger.open(besideConfig(configFile, config.store), trust, plan);
  let metricsServer: MetricsServer | undefined;
  try {
    metricsServer = config.metrics && (await serveMetrics(registry, config.metrics));
  } catch (error) {
    await ledger.close();
    throw error;
  }

  const courier = new Courier({
    clock,
    intervalMs: keyFile.intervalMs,
    publish: (message) => outward.publish(topics.aggregate(group), message),
  });
  const closing = new Closing({
    keyFile,
    plan,
    ledger,
    clock,
    signer,
    digest: nodeDigest,
    entropy: nodeEntropy,
    powerMod: openSslPower(keyFile.key.nSquared),
    events: closingEvents(log, metrics, courier),
  });
  const intake = new Intake({
    keyFile,
    plan,
    ledger,
    clock,
    verify,
    digest: nodeDigest,
    events: intakeEvents(log, metrics, ledger, closing, courier),
  });

  const acceptReading = async (topic: string, bytes: Uint8Array): Promise<void> => {
    const verdict = await intake.accept(topic, bytes);
    const code = verdict.kind === "refused" ? verdict.error.code : "";
    metrics.readings.inc({ verdict: verdict.kind, code });
    if (verdict.kind === "refused") log.warn({ topic, code }, verdict.error.message);
  };
  const acceptReceipt = async (topic: string, bytes: Uint8Array): Promise<void> => {
    try {
      const receipt = await enterReceipt({ keyFile, group, ledger, verify }, topic, bytes);
      if (receipt === undefined) return;
      courier.done(receipt.interval, receipt.part);
      metrics.receipts.inc({ status: receipt.status });
      const { interval, part, status } = receipt;
      if (status === "opened") log.info({ interval, part }, "opened");
      else log.error({ interval, part }, "the provider refused a part");
    } catch (error) {
      if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
      log.warn({ topic, code: error.code }, error.message);
    }
  };

  const linkHost: LinkHost = { activity, deliveries: host.deliveries, log, fail, timeKnown: clock.known };
  const { broker: url } = config;
  const outward = new BrokerLink(
    { url, clientId: `choir-aggregator-${group}`, topics: [topics.receipt(group)], handle: acceptReceipt },
    linkHost,
  );
  links.push(outward);
  shares(plan, config.connections).forEach((share, i) => {
    if (share.length === 0) return;
    const clientId = `choir-aggregator-${group}-${i}`;
    links.push(new BrokerLink({ url, clientId, topics: share, handle: acceptReading }, linkHost));
  });
  outward.onUp(() => courier.connected());

  const work = async (): Promise<void> => {
    for await (const { interval, part, record } of ledger.parts()) {
      if (record.receipt === undefined) courier.send(interval, part, record.message);
    }
    await closing.start();
  };
  clock.known.then(() => activity.run(work)).catch(fail);
  log.info({ group, meters: plan.members.size, blocks: plan.blocks.size, connections: links.length }, "started");

  return {
    ready: Promise.all(links.map((link) => link.ready)).then(() => {}),
    linked: () => links.every(({ up }) => up),
    storedKeys: async () => {
      const stored: string[] = [];
      for await (const id of ledger.deliveries()) stored.push(deliveryKey(id));
      return stored;
    },
    stop: async () => {
      await Promise.all(links.map((link) => link.close()));
      await closing.stop();
      courier.stop();
      await metricsServer?.close();
      await ledger.close();
      log.info("stopped");
    },
  };
}

/** Topics of the group's readings, dealt to as many links: by a hash, so that a new roll moves no meter to another session. */
function shares(plan: GroupPlan, connections: number): readonly (readonly string[])[] {
  const dealt = Array.from({ length: connections }, (): string[] => []);
  for (const meter of plan.members.keys()) {
    const hash = nodeDigest.sha256(new TextEncoder().encode(meter));
    // the hash has 32 bytes, and the remainder is below the number of links
    const link = new DataView(hash.buffer, hash.byteOffset).getUint32(0) % connections;
    dealt[link]?.push(topics.reading(plan.group, meter));
  }
  return dealt;
}

function intakeEvents(
  log: Logger,
  metrics: AggregatorMetrics,
  ledger: Ledger,
  closing: Closing,
  courier: Courier,
): IntakeEvents {
  return {
    accepted: (interval, { block }) => closing.accepted(interval, block),
    countedAgain: (interval, part) => {
      const record = ledger.part(interval, part);
      if (record !== undefined) courier.remind(interval, part, record.message);
    },
    alarm: (alarm, interval, { meter, block }) => {
      metrics.alarms.inc({ code: alarm });
      log.error({ alarm, interval, meter, block }, "alarm");
    },
  };
}

function closingEvents(log: Logger, metrics: AggregatorMetrics, courier: Courier): ClosingEvents {
  return {
    sealed: (interval, part, message, contributors) => {
      metrics.parts.inc();
      metrics.contributors.inc(contributors);
      log.info({ interval, part, contributors }, "sealed");
      courier.send(interval, part, message);
    },
    badProof: (interval, { meter, block }) => {
      metrics.alarms.inc({ code: "proof_wrong" });
      log.error({ alarm: "proof_wrong", interval, meter, block }, "alarm");
    },
    pruned: (firstKept) => courier.prune(firstKept),
  };
}
