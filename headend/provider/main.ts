/** The provider as a process: config file in, links to the broker, opening and feeders wired together, results on standard output. */

import * as v from "valibot";
import { ChoirError } from "../../core/errors.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { Opener } from "../../core/secret/opener.ts";
import { parseTopic, topics } from "../../core/wire/topics.ts";
import { BrokerLink, type LinkHost } from "../service/broker.ts";
import { brokerAccess } from "../service/broker-access.ts";
import { brokerUsers } from "../service/broker-users.ts";
import { besideConfig, COMMON_ENTRIES, ConfigPath, readConfig } from "../service/config.ts";
import { nodeVerifier } from "../service/crypto.ts";
import { deliveryKey } from "../service/delivery.ts";
import { createLogger } from "../service/log.ts";
import { createRegistry, type MetricsServer, serveMetrics } from "../service/metrics.ts";
import { openSslPower } from "../service/power.ts";
import { type RunningService, runService, type ServiceHost, type ServiceOptions } from "../service/service.ts";
import { loadSigner, loadTrust } from "../service/trust.ts";
import { Books } from "./books.ts";
import { enterFeeder } from "./feeders.ts";
import { groupBook } from "./group-book.ts";
import { providerMetrics } from "./metrics.ts";
import { Opening } from "./opening.ts";
import { Rod } from "./rod.ts";
import { RodConfig } from "./rod-config.ts";
import { rodMetrics } from "./rod-metrics.ts";
import { readSecretKey } from "./secret-file.ts";

/** The config file of a provider. */
export const ProviderConfig = v.strictObject({
  party: v.literal("provider"),
  /** The factors of n; a file that its owner alone can read. */
  secretKey: ConfigPath,
  rod: v.optional(RodConfig, {}),
  ...COMMON_ENTRIES,
});

/** Runs a provider until it is told to end; results go to standard output. @throws ChoirError for whatever keeps it from starting. */
export function runProvider(configFile: string, options: Partial<ServiceOptions> = {}): Promise<void> {
  const { clock = "system", leastKeyBits = MODULUS_BITS.least, publishedKeys = false } = options;
  const show = (line: string): void => void process.stdout.write(`${line}\n`);
  return runService({ clock }, (host) => startProvider(configFile, { leastKeyBits, publishedKeys }, host, show));
}

/** Starts a provider on the given clock. @throws ChoirError for whatever keeps it from starting. */
export async function startProvider(
  configFile: string,
  { leastKeyBits, publishedKeys }: Pick<ServiceOptions, "leastKeyBits" | "publishedKeys">,
  host: ServiceHost,
  show: (line: string) => void,
): Promise<RunningService> {
  const { clock, activity, fail } = host;
  const config = readConfig(configFile, ProviderConfig);
  const access = brokerAccess(configFile, config);
  const verify = nodeVerifier();
  const trust = loadTrust(configFile, config, verify, leastKeyBits, publishedKeys);
  const { keyFile, roll } = trust;
  const signer = loadSigner(configFile, config.signingKey, keyFile.providerKey, "the key file names for the provider");
  const secret = readSecretKey(besideConfig(configFile, config.secretKey));
  if (secret.n !== keyFile.n) {
    throw new ChoirError("key_unknown", `${configFile}: secretKey`, "the factors of the key file's n", "others");
  }
  const groups = groupBook(roll);
  const log = createLogger("provider", config.logLevel, clock);
  const registry = createRegistry();
  const links: BrokerLink[] = [];
  const metrics = providerMetrics(registry, () => links.filter(({ up }) => up).length);
  const books = await Books.open(besideConfig(configFile, config.store), trust);
  let metricsServer: MetricsServer | undefined;
  try {
    const parts = { keyFile, groups, books, config: config.rod, metrics: rodMetrics(registry), log, show };
    await Rod.open(parts);
    metricsServer = config.metrics && (await serveMetrics(registry, config.metrics));
  } catch (error) {
    await books.close();
    throw error;
  }
  const opening = new Opening({
    keyFile,
    rollVersion: roll.version,
    groups,
    books,
    opener: new Opener(secret, openSslPower),
    signer,
    verify,
    clock,
    show,
    reply: (group, receipt) => {
      // fails only when the link is closed; the aggregator then asks again
      outward.publish(topics.receipt(group), receipt).catch(() => {});
    },
  });

  const acceptAggregate = async (topic: string, bytes: Uint8Array): Promise<void> => {
    const outcome = await opening.receive(topic, bytes);
    metrics.aggregates.inc({ outcome: outcome.kind, code: outcome.kind === "refused" ? outcome.code : "" });
    if (outcome.kind === "opened") metrics.contributors.inc(outcome.contributors);
    if (outcome.kind === "refused") log.error({ topic, code: outcome.code }, "refused an aggregate");
  };
  const acceptFeeder = async (topic: string, bytes: Uint8Array): Promise<void> => {
    const fresh = await enterFeeder({ keyFile, groups, books, verify, clock, show }, topic, bytes);
    metrics.feeders.inc({ outcome: fresh ? "stored" : "duplicate" });
  };
  const accept = async (topic: string, bytes: Uint8Array): Promise<void> => {
    try {
      if (parseTopic(topic).kind === "feeder") await acceptFeeder(topic, bytes);
      else await acceptAggregate(topic, bytes);
    } catch (error) {
      if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
      if (topic.endsWith("/feeder")) metrics.feeders.inc({ outcome: "refused" });
      else metrics.aggregates.inc({ outcome: "ignored", code: error.code });
      log.warn({ topic, code: error.code }, error.message);
    }
  };

  const linkHost: LinkHost = { activity, deliveries: host.deliveries, log, fail, timeKnown: clock.known };
  const subscriptions = [...groups.values()].flatMap(({ group, feeder }) =>
    feeder === undefined ? [topics.aggregate(group)] : [topics.aggregate(group), topics.feeder(group)],
  );
  const outward = new BrokerLink(
    { ...access, clientId: brokerUsers.provider("out"), topics: [], handle: accept },
    linkHost,
  );
  links.push(
    outward,
    new BrokerLink(
      { ...access, clientId: brokerUsers.provider("in"), topics: subscriptions, handle: accept },
      linkHost,
    ),
  );
  log.info({ groups: [...groups.keys()] }, "started");

  return {
    ready: Promise.all(links.map((link) => link.ready)).then(() => {}),
    linked: () => links.every(({ up }) => up),
    storedKeys: async () => {
      const stored: string[] = [];
      for await (const id of books.deliveries()) stored.push(deliveryKey(id));
      return stored;
    },
    stop: async () => {
      await Promise.all(links.map((link) => link.close()));
      await metricsServer?.close();
      await books.close();
      log.info("stopped");
    },
  };
}
