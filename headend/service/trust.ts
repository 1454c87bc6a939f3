/** What a head-end process trusts: the root's key, and the key file and roll that it signed (docs/PROTOCOL.md, Trust anchor). */

import { equalBytes, fromHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Signer, Verify } from "../../core/ports.ts";
import { encodeCbor, Fields } from "../../core/wire/cbor.ts";
import { checkBase, type KeyFile, openKeyFile } from "../../core/wire/key-file.ts";
import { checkRoll, openRoll, type Roll } from "../../core/wire/roll.ts";
import { checkSuccessor, PIN_FIELDS, pinFields, pinOf, readPin } from "../../core/wire/succession.ts";
import { readNamedFile } from "./config.ts";
import { nodeDigest, nodeSigner, nodeVerifier } from "./crypto.ts";
import type { Logger } from "./log.ts";
import { openSslPower } from "./power.ts";
import { refusePublished } from "./published-keys.ts";
import { Rolls } from "./rolls.ts";
import { readRecord, type Store } from "./store.ts";

/** The two files, checked. */
export interface Trust {
  readonly keyFile: KeyFile;
  readonly roll: Roll;
  /** The key file as it came; where it is absent, it cannot follow another. */
  readonly signedKeyFile?: Uint8Array;
}

/** The config entries that name them. */
export interface TrustEntries {
  readonly rootKey: string;
  readonly keyFile: string;
  readonly roll: string;
}

/**
 * Reads and checks both files: root signature and countersignatures, lengths, the roll against the key's rules, and that h_s is the one that
 * (n, seed) determines.
 * @param publishedKeys whether a demonstration's key will do, as in a street
 * @throws ChoirError config_invalid, signature_wrong, countersignatures_missing, key_too_short, key_published, group_too_small, base_wrong and every
 *   decoder's codes.
 */
export function loadTrust(
  config: string,
  entries: TrustEntries,
  verify: Verify,
  leastKeyBits: number,
  publishedKeys = false,
): Trust {
  const rootKey = fromHex(entries.rootKey, "rootKey");
  const keyFileBytes = readNamedFile(config, "keyFile", entries.keyFile);
  const keyFile = openKeyFile(keyFileBytes, rootKey, verify, nodeDigest, leastKeyBits);
  refusePublished(keyFile.n, publishedKeys);
  checkBase(keyFile, nodeDigest, openSslPower);
  return { keyFile, roll: loadRoll(config, entries, verify, keyFile), signedKeyFile: keyFileBytes };
}

/**
 * Reads and checks the roll that a config names, for a key that is in use.
 * @throws ChoirError config_invalid, signature_wrong, countersignatures_missing, group_too_small, key_unknown for a roll that begins after the key's last
 *   interval, and the decoder's codes.
 */
export function loadRoll(
  config: string,
  entries: Pick<TrustEntries, "rootKey" | "roll">,
  verify: Verify,
  keyFile: KeyFile,
): Roll {
  const rootKey = fromHex(entries.rootKey, "rootKey");
  const roll = openRoll(readNamedFile(config, "roll", entries.roll), rootKey, verify, keyFile);
  checkRoll(roll, keyFile);
  const { lastInterval } = keyFile;
  if (roll.firstInterval > lastInterval) {
    throw new ChoirError("key_unknown", "roll.first interval", `at most ${lastInterval}`, `${roll.firstInterval}`);
  }
  return roll;
}

/** The party's own signer. @throws ChoirError signer_unknown unless its public key is `expected`. */
export function loadSigner(config: string, path: string, expected: Uint8Array, name: string): Signer {
  const signer = nodeSigner(readNamedFile(config, "signingKey", path), `${config}: signingKey`);
  if (!equalBytes(signer.publicKey, expected)) {
    throw new ChoirError("signer_unknown", `${config}: signingKey`, `the key that ${name}`, "another key");
  }
  return signer;
}

const ADOPTED_KEY = "trust";

/**
 * Notes in the party's store which files it uses, and pins them: the next key file must be one that may follow, and a roll is never older than the last.
 * @param view what the party makes of a roll
 * @returns the rolls that it goes by, this one and those before it that were for the same key
 * @throws ChoirError as `checkSuccessor`; version_not_higher for an older roll; store_corrupt.
 */
export async function adoptTrust<View>(
  store: Store,
  { keyFile, roll, signedKeyFile }: Trust,
  view: (roll: Roll) => View,
): Promise<Rolls<View>> {
  const content = store.get(ADOPTED_KEY);
  const rolls = await Rolls.open(store, view);
  if (content !== undefined) {
    const used = readRecord(ADOPTED_KEY, content, (value) => {
      const fields = new Fields(value, "trust", 1 + PIN_FIELDS);
      return { roll: fields.uint(0, "roll version"), key: readPin(fields, 1) };
    });
    checkSuccessor(signedKeyFile ?? new Uint8Array(0), keyFile, used.key, nodeVerifier());
    // the roll of the record was the latest when the process started
    const lastVersion = Math.max(used.roll, rolls.latest?.version ?? 0);
    if (roll.version < lastVersion) {
      throw new ChoirError("version_not_higher", "roll.version", `${lastVersion} or more`, `${roll.version}`);
    }
    if (!equalBytes(keyFile.keyId, used.key.keyId)) rolls.clear();
  }
  await rolls.adopt(roll);
  await store.write([[ADOPTED_KEY, encodeCbor([roll.version, ...pinFields(pinOf(keyFile))])]]);
  return rolls;
}

/**
 * Takes up a newer roll while the process runs; what is wrong with it is logged, and changes nothing.
 * @param load reads and checks it
 * @throws ChoirError store_corrupt, and what the store throws
 */
export async function takeUpRoll<View>(rolls: Rolls<View>, load: () => Roll, log: Logger): Promise<void> {
  try {
    const roll = load();
    const { version, firstInterval } = roll;
    const isNew = await rolls.adopt(roll);
    log.info({ version, firstInterval }, isNew ? "took up a roll" : "has this roll already");
  } catch (error) {
    if (!(error instanceof ChoirError) || error.code === "store_corrupt") throw error;
    log.error({ code: error.code }, `refused a roll: ${error.message}`);
  }
}
