/** The provider as a process: config file in, links to the broker, opening and feeders wired together, results on standard output. */

import * as v from "valibot";
import { ChoirError } from "../../core/errors.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { trusteesOf } from "../../core/wire/sharing.ts";
import { parseTopic, topics } from "../../core/wire/topics.ts";
import { BrokerLink, type LinkHost } from "../service/broker.ts";
import { brokerAccess } from "../service/broker-access.ts";
import { brokerUsers } from "../service/broker-users.ts";
import { besideConfig, COMMON_ENTRIES, ConfigPath, readConfig } from "../service/config.ts";
import { nodeVerifier } from "../service/crypto.ts";
import { deliveryKey } from "../service/delivery.ts";
import { createLogger } from "../service/log.ts";
import { createRegistry, type MetricsServer, serveMetrics } from "../service/metrics.ts";
import { type RunningService, runService, type ServiceHost, type ServiceOptions } from "../service/service.ts";
import { loadRoll, loadSigner, loadTrust, takeUpRoll } from "../service/trust.ts";
import { Books } from "./books.ts";
import { loadCustody } from "./custody.ts";
import { enterFeeder } from "./feeders.ts";
import { providerMetrics } from "./metrics.ts";
import { Opening, type Outcome } from "./opening.ts";
import { Rod } from "./rod.ts";
import { RodConfig } from "./rod-config.ts";
import { rodMetrics } from "./rod-metrics.ts";

/** The config file of a provider. */
export const ProviderConfig = v.strictObject({
  party: v.literal("provider"),
  /** With `custody: provider`: the factors of n, in a file that its owner alone can read. */
  secretKey: v.optional(ConfigPath),
  /** With `custody: shared`: the X25519 key that shares are sealed to, PKCS #8 PEM, and the provider's share of the key where it holds one. */
  sealingKey: v.optional(ConfigPath),
  keyShare: v.optional(ConfigPath),
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
  const custody = await loadCustody(configFile, config, keyFile, verify);
  const log = createLogger("provider", config.logLevel, clock);
  const registry = createRegistry();
  const links: BrokerLink[] = [];
  const metrics = providerMetrics(registry, {
    linksUp: () => links.filter(({ up }) => up).length,
    waiting: () => opening.waiting,
  });
  const books = await Books.open(besideConfig(configFile, config.store), trust);
  let metricsServer: MetricsServer | undefined;
  let rod: Rod;
  try {
    rod = await Rod.open({ keyFile, books, config: config.rod, metrics: rodMetrics(registry), log, show });
    metricsServer = config.metrics && (await serveMetrics(registry, config.metrics));
  } catch (error) {
    await books.close();
    throw error;
  }
  const opening = new Opening({
    keyFile,
    books,
    custody,
    signer,
    verify,
    clock,
    show,
    reply: (group, receipt) => {
      // fails only when the link is closed; the aggregator then asks again
      outward.publish(topics.receipt(group), receipt).catch(() => {});
    },
  });

  await opening.load();

  const judged = (topic: string, outcome: Outcome): void => {
    metrics.aggregates.inc({ outcome: outcome.kind, code: outcome.kind === "refused" ? outcome.code : "" });
    if (outcome.kind === "opened") metrics.contributors.inc(outcome.contributors);
    if (outcome.kind === "refused") log.error({ topic, code: outcome.code }, "refused an aggregate");
  };
  const acceptShare = async (topic: string, bytes: Uint8Array): Promise<void> => {
    const { kind, decided } = await opening.receiveShare(topic, bytes);
    metrics.shares.inc({ outcome: kind, code: "" });
    if (kind === "refusal" || kind === "passing") log.warn({ topic }, "a trustee refused its share");
    if (decided !== undefined) judged(topic, decided);
  };
  const acceptFeeder = async (topic: string, bytes: Uint8Array): Promise<void> => {
    const fresh = await enterFeeder({ keyFile, books, verify, clock, show }, topic, bytes);
    metrics.feeders.inc({ outcome: fresh ? "stored" : "duplicate" });
  };
  const accept = async (topic: string, bytes: Uint8Array): Promise<void> => {
    try {
      const { kind } = parseTopic(topic);
      if (kind === "feeder") await acceptFeeder(topic, bytes);
      else if (kind === "share") await acceptShare(topic, bytes);
      else judged(topic, await opening.receive(topic, bytes));
    } catch (error) {
      if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
      const { code } = error;
      if (topic.endsWith("/feeder")) metrics.feeders.inc({ outcome: "refused" });
      else if (topic.includes("/share/")) metrics.shares.inc({ outcome: "refused", code });
      else metrics.aggregates.inc({ outcome: "ignored", code });
      log.warn({ topic, code }, error.message);
    }
  };

  const linkHost: LinkHost = { activity, deliveries: host.deliveries, log, fail, timeKnown: clock.known };
  const trustees = keyFile.sharing === undefined ? [] : trusteesOf(keyFile.sharing);
  const subscriptions = (): readonly string[] =>
    books.rolls.views.flatMap(({ groups }) =>
      [...groups.values()].flatMap(({ group, feeder }) => [
        topics.aggregate(group),
        ...(feeder === undefined ? [] : [topics.feeder(group)]),
        ...trustees.map(({ holder }) => topics.share(group, holder)),
      ]),
    );
  const outward = new BrokerLink(
    { ...access, clientId: brokerUsers.provider("out"), topics: [], handle: accept },
    linkHost,
  );
  const inward = new BrokerLink(
    { ...access, clientId: brokerUsers.provider("in"), topics: subscriptions(), handle: accept },
    linkHost,
  );
  links.push(outward, inward);
  clock.known.then(() => activity.run(() => opening.resume())).catch(fail);
  const groups = roll.groups.map(({ group }) => group);
  log.info({ groups, custody: keyFile.custody, roll: roll.version }, "started");

  return {
    ready: Promise.all(links.map((link) => link.ready)).then(() => {}),
    linked: () => links.every(({ up }) => up),
    storedKeys: async () => {
      const stored: string[] = [];
      for await (const id of books.deliveries()) stored.push(deliveryKey(id));
      return stored;
    },
    reload: async () => {
      await takeUpRoll(books.rolls, () => loadRoll(configFile, config, verify, keyFile), log);
      await rod.watchFeeders();
      await inward.subscribe(subscriptions());
    },
    stop: async () => {
      await Promise.all(links.map((link) => link.close()));
      await metricsServer?.close();
      await books.close();
      log.info("stopped");
    },
  };
}
