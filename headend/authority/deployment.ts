/** Where a deployment's files lie, and how they are written: whole or not at all, secrets readable by their owner only. */

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { ChoirError } from "../../core/errors.ts";

/** Files of a deployment, relative to its folder. */
export const DEPLOYMENT_FILES = {
  /** The offline root: the only file that never belongs on a machine with a network. */
  rootSigningKey: "root.pem",
  rootKey: "root.pub",
  keyFile: "key.cose",
  roll: "roll.cose",
  /** The last roll of the key before, where there was one: the next one's version is higher. */
  rollBefore: "roll-before.cose",
  /** The comb table that meters are flashed with. */
  table: "table.bin",
  providerConfig: "provider/provider.json",
  /** Certificates of the authorities that vouch for the broker. */
  brokerAuthorities: "broker-ca.pem",
  providerSigningKey: "provider/signing.pem",
  /** With `custody: provider`. */
  providerSecretKey: "provider/secret.json",
  /** With `custody: shared`. */
  providerSealingKey: "provider/sealing.pem",
  /** What happened in the ceremony, in public facts and hashes. */
  transcript: "transcript.jsonl",
} as const;

/** The folder of one group's aggregator. */
export function aggregatorFolder(group: string): string {
  return `aggregators/${group}`;
}

/** The folder of what the dealer hands one trustee. */
export function trusteeFolder(trustee: string): string {
  return `trustees/${trustee}`;
}

/** The sealed share of one holder, relative to the deployment's folder; the provider's lies with its other files. */
export function keyShareFile(holder: string, isProvider: boolean): string {
  return isProvider ? "provider/key.share" : `${trusteeFolder(holder)}/key.share`;
}

/** The file of a deployment under `folder`. */
export function deploymentFile(folder: string, name: keyof typeof DEPLOYMENT_FILES): string {
  return join(folder, DEPLOYMENT_FILES[name]);
}

/** Writes a file and its folders; `secret` ones with mode 0600. */
export function writeWhole(path: string, content: string | Uint8Array, secret = false): void {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.new`;
  const handle = openSync(unfinished, "w", secret ? 0o600 : 0o644);
  try {
    writeSync(handle, typeof content === "string" ? Buffer.from(content) : content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(unfinished, path);
}

/** Reads a file of a deployment. @throws ChoirError input_invalid that names the file and what makes it. */
export function readDeploymentFile(folder: string, name: keyof typeof DEPLOYMENT_FILES, madeBy: string): Uint8Array {
  const path = deploymentFile(folder, name);
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new ChoirError("input_invalid", path, `a file that \`${madeBy}\` makes`, "no readable file", cause);
  }
}
