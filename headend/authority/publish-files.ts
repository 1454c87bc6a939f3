/** `choir publish`: hands a deployment's key file and roll to its meters, over the broker, which keeps them for those that are away (docs/PROTOCOL.md, Files). */

import { readFileSync } from "node:fs";
import mqtt, { type IClientOptions } from "mqtt";
import { ChoirError } from "../../core/errors.ts";
import { checkId } from "../../core/names.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { encodeFiles } from "../../core/wire/files.ts";
import { checkRoll, openRoll, type Roll } from "../../core/wire/roll.ts";
import { topics } from "../../core/wire/topics.ts";
import { nodeVerifier } from "../service/crypto.ts";
import { withoutCredentials } from "../service/log.ts";
import { readDeploymentFile } from "./deployment.ts";
import { madeAuthorities, operatorLogin } from "./new-broker.ts";
import { deploymentKeyFile, deploymentRootKey } from "./new-roll.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/** What is handed over, and to whom. */
export interface Published {
  readonly message: Uint8Array;
  readonly roll: Roll;
  /** Ascending. */
  readonly meters: readonly string[];
}

/**
 * The message for a deployment's meters: those that the roll lists, and others by name, whose seats it took away.
 * @param publishedKeys whether a demonstration's key will do, as in a street
 * @throws ChoirError as `openKeyFile`, `openRoll` and `checkRoll`: what no meter would take is not sent.
 */
export function filesToPublish(
  folder: string,
  others: readonly string[] = [],
  leastBits: number = MODULUS_BITS.least,
  publishedKeys = false,
): Published {
  const key = deploymentKeyFile(folder, leastBits, publishedKeys);
  const keyFile = readDeploymentFile(folder, "keyFile", "choir authority new");
  const bytes = readDeploymentFile(folder, "roll", "choir authority roll");
  const roll = openRoll(bytes, deploymentRootKey(folder), nodeVerifier(), key);
  checkRoll(roll, key);
  const seated = roll.blocks.flatMap(({ seats }) => seats.flatMap(({ occupant }) => occupant?.meter ?? []));
  const named = [
    ...seated,
    ...roll.feeders.map(({ feeder }) => feeder),
    ...others.map((one) => checkId(one, "--meter")),
  ];
  return { message: encodeFiles({ keyFile, roll: bytes }), roll, meters: [...new Set(named)].sort() };
}

/**
 * How whoever services a deployment's meters reaches their broker over TLS: with the authorities and the password that `choir authority broker` left in
 * the folder. A user in the URL goes before.
 */
export function operatorAccess(folder: string, broker: string): IClientOptions {
  const [authorities] = madeAuthorities(folder, broker);
  const login = broker.startsWith("mqtts:") && new URL(broker).username === "" ? operatorLogin(folder) : undefined;
  return {
    ...(authorities !== undefined && { ca: readFileSync(authorities) }),
    ...(login && { username: login.user, password: login.password.reveal() }),
  };
}

/** Publishes it to each, retained; resolves when the broker has it all. @throws ChoirError broker_failed. */
export async function publishFiles(
  { message, meters }: Published,
  broker: string,
  access: IClientOptions = {},
): Promise<void> {
  const options = { ...access, reconnectPeriod: 0, connectTimeout: CONNECT_TIMEOUT_MS };
  try {
    const client = await mqtt.connectAsync(broker, options, false);
    for (const meter of meters) {
      await client.publishAsync(topics.config(meter), Buffer.from(message), { qos: 1, retain: true });
    }
    await client.endAsync();
  } catch (cause) {
    const got = cause instanceof Error && cause.message !== "" ? cause.message : "no connection";
    throw new ChoirError("broker_failed", withoutCredentials(broker), "a broker that takes the files", got, cause);
  }
}
