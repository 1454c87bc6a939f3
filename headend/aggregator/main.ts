/** The aggregator as a process: config file in, links to the broker around one aggregator. */

import * as v from "valibot";
import { equalBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import type { Signer } from "../../core/ports.ts";
import type { Roll } from "../../core/wire/roll.ts";
import { topics } from "../../core/wire/topics.ts";
import { BrokerLink, type LinkHost } from "../service/broker.ts";
import { brokerAccess } from "../service/broker-access.ts";
import { brokerUsers, READING_CONNECTIONS } from "../service/broker-users.ts";
import { besideConfig, COMMON_ENTRIES, ConfigId, readConfig } from "../service/config.ts";
import { nodeDigest, nodeVerifier } from "../service/crypto.ts";
import { deliveryKey } from "../service/delivery.ts";
import { createLogger } from "../service/log.ts";
import { createRegistry, type MetricsServer, serveMetrics } from "../service/metrics.ts";
import { type RunningService, runService, type ServiceHost, type ServiceOptions } from "../service/service.ts";
import { loadRoll, loadSigner, loadTrust, takeUpRoll } from "../service/trust.ts";
import { Aggregator } from "./aggregator.ts";
import { Beacons } from "./beacons.ts";
import type { GroupPlans } from "./group-plan.ts";
import { Ledger } from "./ledger.ts";
import { aggregatorMetrics } from "./metrics.ts";

/** The config file of an aggregator. */
export const AggregatorConfig = v.strictObject({
  party: v.literal("aggregator"),
  group: ConfigId,
  /** Links that readings come in by; each has one message under way at a time. */
  connections: v.optional(
    v.pipe(
      v.number(),
      v.integer("a whole number"),
      v.minValue(1, "1 to 256"),
      v.maxValue(READING_CONNECTIONS.most, "1 to 256"),
    ),
    READING_CONNECTIONS.usual,
  ),
  ...COMMON_ENTRIES,
});

/** Runs an aggregator until it is told to end. @throws ChoirError for whatever keeps it from starting. */
export function runAggregator(configFile: string, options: Partial<ServiceOptions> = {}): Promise<void> {
  const { clock = "system", leastKeyBits = MODULUS_BITS.least, publishedKeys = false } = options;
  return runService({ clock }, (host) => startAggregator(configFile, { leastKeyBits, publishedKeys }, host));
}

/** Starts an aggregator on the given clock. @throws ChoirError for whatever keeps it from starting. */
export async function startAggregator(
  configFile: string,
  { leastKeyBits, publishedKeys }: Pick<ServiceOptions, "leastKeyBits" | "publishedKeys">,
  host: ServiceHost,
): Promise<RunningService> {
  const { clock, activity, fail } = host;
  const config = readConfig(configFile, AggregatorConfig);
  const access = brokerAccess(configFile, config);
  const verify = nodeVerifier();
  const trust = loadTrust(configFile, config, verify, leastKeyBits, publishedKeys);
  const { keyFile, roll } = trust;
  const { group } = config;
  const log = createLogger(`aggregator ${group}`, config.logLevel, clock);
  const links: BrokerLink[] = [];
  const registry = createRegistry();
  const metrics = aggregatorMetrics(registry, () => links.filter(({ up }) => up).length);
  const ledger = await Ledger.open(besideConfig(configFile, config.store), trust, group);
  let signer: Signer;
  let metricsServer: MetricsServer | undefined;
  try {
    // a roll that gives the group up still leaves late readings of intervals before it
    const plan = ledger.plans.views.find((one) => one !== null) ?? noGroup(roll, group);
    signer = loadSigner(configFile, config.signingKey, plan.aggregatorKey, `the roll names for group ${group}`);
    metricsServer = config.metrics && (await serveMetrics(registry, config.metrics));
  } catch (error) {
    await ledger.close();
    throw error;
  }

  const aggregator = new Aggregator({
    keyFile,
    group,
    ledger,
    clock,
    signer,
    verify,
    publish: (message) => outward.publish(topics.aggregate(group), message),
    publishEvidence: (message) => outward.publish(topics.evidence(group), message),
    log,
    metrics,
  });
  const acceptReading = aggregator.acceptReading.bind(aggregator);
  const acceptReceipt = aggregator.acceptReceipt.bind(aggregator);
  const linkHost: LinkHost = { activity, deliveries: host.deliveries, log, fail, timeKnown: clock.known };
  const outward = new BrokerLink(
    { ...access, clientId: brokerUsers.aggregator(group), topics: [topics.receipt(group)], handle: acceptReceipt },
    linkHost,
  );
  links.push(outward);
  const readings = new Map<number, BrokerLink>();
  /** Hears all meters of the rolls that count for some interval; a link is made when it has a topic. */
  const listen = async (): Promise<void> => {
    await Promise.all(
      shares(ledger.plans, group, config.connections).map(async (topics, i) => {
        const link = readings.get(i);
        if (link !== undefined) return link.subscribe(topics);
        if (topics.length === 0) return;
        const clientId = brokerUsers.readings(group, i);
        const made = new BrokerLink({ ...access, clientId, topics, handle: acceptReading }, linkHost);
        readings.set(i, made);
        links.push(made);
        return made.ready;
      }),
    );
  };
  const listening = listen();
  outward.onUp(() => aggregator.connected());
  const beacons = new Beacons({
    keyFile,
    group,
    clock,
    signer,
    linked: () => outward.up,
    isThere: (interval) => ledger.plans.at(interval) !== null,
    publish: (message) => outward.publish(topics.beacon(group), message),
  });
  clock.known.then(() => activity.run(() => aggregator.start())).catch(fail);
  clock.known.then(() => beacons.start()).catch(fail);
  const [latest] = ledger.plans.views;
  const sizes = { meters: latest?.members.size ?? 0, blocks: latest?.blocks.size ?? 0 };
  log.info({ group, ...sizes, connections: links.length, roll: roll.version }, "started");

  return {
    ready: Promise.all([outward.ready, listening]).then(() => {}),
    linked: () => links.every(({ up }) => up),
    storedKeys: async () => {
      const stored: string[] = [];
      for await (const id of ledger.deliveries()) stored.push(deliveryKey(id));
      return stored;
    },
    reload: async () => {
      const load = (): Roll => {
        const next = loadRoll(configFile, config, verify, keyFile);
        checkOwn(next, group, signer);
        return next;
      };
      await takeUpRoll(ledger.plans, load, log);
      await listen();
    },
    stop: async () => {
      beacons.stop();
      await Promise.all(links.map((link) => link.close()));
      await aggregator.stop();
      await metricsServer?.close();
      await ledger.close();
      log.info("stopped");
    },
  };
}

function noGroup(roll: Roll, group: string): never {
  const known = roll.groups.map((one) => one.group).join(", ");
  throw new ChoirError("config_invalid", "group", `a group of the roll: ${known}`, group);
}

/** @throws ChoirError signer_unknown for a roll that gives the group to another aggregator: that one needs a process of its own. */
function checkOwn(roll: Roll, group: string, { publicKey }: Signer): void {
  const entry = roll.groups.find((one) => one.group === group);
  if (entry !== undefined && !equalBytes(entry.aggregatorKey, publicKey)) {
    throw new ChoirError("signer_unknown", `roll.groups ${group}`, "the key of this aggregator", "another");
  }
}

/** Topics of the group's readings, dealt to as many links: by a hash, so that a new roll moves no meter to another session. */
function shares(plans: GroupPlans, group: string, connections: number): readonly (readonly string[])[] {
  const dealt = Array.from({ length: connections }, (): string[] => []);
  const meters = new Set(plans.views.flatMap((plan) => [...(plan?.members.keys() ?? [])]));
  for (const meter of meters) {
    const hash = nodeDigest.sha256(new TextEncoder().encode(meter));
    // the hash has 32 bytes, and the remainder is below the number of links
    const link = new DataView(hash.buffer, hash.byteOffset).getUint32(0) % connections;
    dealt[link]?.push(topics.reading(group, meter));
  }
  return dealt;
}
