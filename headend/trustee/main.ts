/** The trustee as a process: config file in, links to the broker around one trustee, its share erased when the key's time is over. */

import * as v from "valibot";
import { equalBytes, toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { openKeyShare } from "../../core/secret/open-key-share.ts";
import { type ShareHolder, type Sharing, trusteesOf } from "../../core/wire/sharing.ts";
import { topics } from "../../core/wire/topics.ts";
import { BrokerLink, type LinkHost } from "../service/broker.ts";
import { brokerAccess } from "../service/broker-access.ts";
import { brokerUsers } from "../service/broker-users.ts";
import { besideConfig, COMMON_ENTRIES, ConfigId, ConfigPath, readConfig, readNamedFile } from "../service/config.ts";
import { nodeDigest, nodeEntropy, nodeVerifier } from "../service/crypto.ts";
import { deliveryKey } from "../service/delivery.ts";
import { nodeSealingKey } from "../service/hpke.ts";
import { createLogger } from "../service/log.ts";
import { createRegistry, type MetricsServer, serveMetrics } from "../service/metrics.ts";
import { openSslPower } from "../service/power.ts";
import { type RunningService, runService, type ServiceHost, type ServiceOptions } from "../service/service.ts";
import { loadRoll, loadSigner, loadTrust, type Trust, takeUpRoll } from "../service/trust.ts";
import { Caretaker } from "./caretaker.ts";
import { Ledger } from "./ledger.ts";
import { trusteeMetrics } from "./metrics.ts";
import { checkNotErased } from "./own-share.ts";
import { Trustee } from "./trustee.ts";

/** The config file of a trustee. */
export const TrusteeConfig = v.strictObject({
  party: v.literal("trustee"),
  /** Its id in the key file. */
  trustee: ConfigId,
  /** Its X25519 key, PKCS #8 PEM. */
  sealingKey: ConfigPath,
  /** The dealer's file, sealed to that key. */
  keyShare: ConfigPath,
  ...COMMON_ENTRIES,
});

type Limits = Pick<ServiceOptions, "leastKeyBits" | "publishedKeys">;

/** Runs a trustee until it is told to end. @throws ChoirError for whatever keeps it from starting. */
export function runTrustee(configFile: string, options: Partial<ServiceOptions> = {}): Promise<void> {
  const { clock = "system", leastKeyBits = MODULUS_BITS.least, publishedKeys = false } = options;
  return runService({ clock }, (host) => startTrustee(configFile, { leastKeyBits, publishedKeys }, host));
}

/** What a config file of a trustee names, checked. */
interface Seat {
  readonly config: v.InferOutput<typeof TrusteeConfig>;
  readonly trust: Trust;
  readonly sharing: Sharing;
  readonly holder: ShareHolder;
}

/** Reads config, key file and roll. @throws ChoirError config_invalid, key_unknown for a key that nobody shares, member_unknown, and as `loadTrust`. */
function takeSeat(configFile: string, { leastKeyBits, publishedKeys }: Limits): Seat {
  const config = readConfig(configFile, TrusteeConfig);
  const trust = loadTrust(configFile, config, nodeVerifier(), leastKeyBits, publishedKeys);
  const { sharing, custody } = trust.keyFile;
  if (sharing === undefined) {
    throw new ChoirError("key_unknown", `${configFile}: keyFile`, "a key with custody: shared", custody);
  }
  const holder = trusteesOf(sharing).find((one) => one.holder === config.trustee);
  if (holder === undefined) {
    throw new ChoirError("member_unknown", `${configFile}: trustee`, "a trustee of the key file", config.trustee);
  }
  return { config, trust, sharing, holder };
}

/** The ledger that a config file names. @throws ChoirError as `startTrustee`, config_invalid where the trustee has it open. */
export function openLedger(configFile: string, limits: Limits): Promise<Ledger> {
  const { config, trust } = takeSeat(configFile, limits);
  return Ledger.open(besideConfig(configFile, config.store), trust, config.trustee);
}

/** Starts a trustee on the given clock. @throws ChoirError for whatever keeps it from starting. */
export async function startTrustee(configFile: string, limits: Limits, host: ServiceHost): Promise<RunningService> {
  const { clock, activity, fail } = host;
  const { config, trust, sharing, holder } = takeSeat(configFile, limits);
  const access = brokerAccess(configFile, config);
  const { keyFile } = trust;
  const { key, keyId } = keyFile;
  const signer = loadSigner(
    configFile,
    config.signingKey,
    holder.signingKey,
    `the key file names for ${holder.holder}`,
  );
  const sealingKey = nodeSealingKey(
    readNamedFile(configFile, "sealingKey", config.sealingKey),
    `${configFile}: sealingKey`,
  );
  if (!equalBytes(sealingKey.publicKey, holder.sealingKey)) {
    const expected = `the key that the key file names for ${holder.holder}`;
    throw new ChoirError("signer_unknown", `${configFile}: sealingKey`, expected, "another key");
  }
  const powerMod = openSslPower(key.nSquared);
  const log = createLogger(`trustee ${holder.holder}`, config.logLevel, clock);
  const links: BrokerLink[] = [];
  const registry = createRegistry();
  const metrics = trusteeMetrics(registry, () => links.filter(({ up }) => up).length);
  const ledger = await Ledger.open(besideConfig(configFile, config.store), trust, holder.holder);
  const sharePath = besideConfig(configFile, config.keyShare);
  let metricsServer: MetricsServer | undefined;
  try {
    checkNotErased(ledger, sharePath);
    const shareFile = readNamedFile(configFile, "keyShare", config.keyShare);
    const share = await openKeyShare(shareFile, keyFile, holder.holder, sealingKey.open, powerMod);
    metricsServer = config.metrics && (await serveMetrics(registry, config.metrics));
    const trustee = new Trustee({
      keyFile,
      ledger,
      clock,
      verify: nodeVerifier(),
      digest: nodeDigest,
      entropy: nodeEntropy,
      powerMod,
      prover: { key, sharing, holder },
      share,
      providerSealingKey: sharing.providerSealingKey,
      signer,
      reply: (group, message) => {
        // fails only when the link is closed; the aggregator then asks again
        outward.publish(topics.share(group, holder.holder), message).catch(() => {});
      },
    });
    const caretaker = new Caretaker({ keyFile, ledger, clock, share, sharePath, log });
    const accept = async (topic: string, bytes: Uint8Array): Promise<void> => {
      const outcome = await trustee.receive(topic, bytes);
      const code = outcome.kind === "refused" ? outcome.reason : outcome.kind === "ignored" ? outcome.code : "";
      metrics.testimonies.inc({ outcome: outcome.kind, code });
      if (outcome.kind === "share") metrics.contributors.inc(outcome.contributors);
      if (outcome.kind === "refused") log.error({ topic, code, leaveOut: outcome.leaveOut }, "refused a share");
      if (outcome.kind === "ignored") log.warn({ topic, code }, "no testimony of an aggregator");
    };

    const linkHost: LinkHost = { activity, deliveries: host.deliveries, log, fail, timeKnown: clock.known };
    const user = (direction: "in" | "out"): string => brokerUsers.trustee(holder.holder, keyId, direction);
    const evidence = (): readonly string[] =>
      ledger.rolls.views.flatMap(({ groups }) => [...groups.keys()].map((group) => topics.evidence(group)));
    const outward = new BrokerLink({ ...access, clientId: user("out"), topics: [], handle: accept }, linkHost);
    const inward = new BrokerLink({ ...access, clientId: user("in"), topics: evidence(), handle: accept }, linkHost);
    links.push(outward, inward);
    clock.known.then(() => activity.run(() => caretaker.start())).catch(fail);
    const groups = trust.roll.groups.map(({ group }) => group);
    log.info({ groups, key: toHex(keyId), roll: trust.roll.version }, "started");

    return {
      ready: Promise.all(links.map((link) => link.ready)).then(() => {}),
      linked: () => links.every(({ up }) => up),
      storedKeys: async () => {
        const stored: string[] = [];
        for await (const id of ledger.deliveries()) stored.push(deliveryKey(id));
        return stored;
      },
      reload: async () => {
        await takeUpRoll(ledger.rolls, () => loadRoll(configFile, config, nodeVerifier(), keyFile), log);
        await inward.subscribe(evidence());
      },
      stop: async () => {
        await Promise.all(links.map((link) => link.close()));
        await caretaker.stop();
        await metricsServer?.close();
        await ledger.close();
        share.erase();
        log.info("stopped");
      },
    };
  } catch (error) {
    await metricsServer?.close();
    await ledger.close();
    throw error;
  }
}
