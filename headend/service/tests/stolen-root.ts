/** What a thief of the root key can sign for a town's processes: key files that open, with trustees or custody of his own. */

import {
  countersign,
  countersignSuccessor,
  encodeSignedFile,
  type SignedFile,
} from "../../../core/wire/countersigned.ts";
import { type KeyFile, openKeyFile, signKeyFile } from "../../../core/wire/key-file.ts";
import { nodeDigest, nodeVerifier } from "../crypto.ts";
import { Store } from "../store.ts";
import type { Trust } from "../trust.ts";
import { known, TOWN_BITS, type Town } from "./town.ts";

/** A key file that must not follow the town's, and why. */
export interface Forgery {
  readonly what: string;
  readonly code: string;
  readonly trust: Trust;
}

/** The files of a town that a store pins. */
export function trustOf({ keyFile, roll, keyFileBytes }: Town): Trust {
  return { keyFile, roll, signedKeyFile: keyFileBytes };
}

/** The thief's key under the town's root. @param thief a town with trustees, whose key it is @param old trustees of the town who sign it all the same */
function under(town: Town, thief: Town, change: Partial<KeyFile>, old: readonly string[]): Trust {
  const { sharing: _, ...plain } = thief.keyFile;
  const content = { ...(change.custody === "provider" ? plain : thief.keyFile), version: 2, ...change };
  const file: SignedFile = { envelope: signKeyFile(content, town.root.signer), countersignatures: [] };
  const trustees = change.custody === "provider" ? [] : thief.options.trustees;
  const listed = trustees.reduce(
    (signed, name) => countersign("key", signed, name, known(thief.holders, name).identity.signer),
    file,
  );
  const handed = old.reduce(
    (signed, name) => countersignSuccessor(signed, name, known(town.holders, name).identity.signer),
    listed,
  );
  const signedKeyFile = change.custody === "provider" ? file.envelope : encodeSignedFile(handed);
  const rootKey = town.root.signer.publicKey;
  const keyFile = openKeyFile(signedKeyFile, rootKey, nodeVerifier(), nodeDigest, TOWN_BITS);
  return { keyFile, roll: { ...town.roll, version: 2 }, signedKeyFile };
}

/** Key files that every process refuses once it has pinned the town's. */
export function forgeries(town: Town, thief: Town): readonly Forgery[] {
  const missing = "countersignatures_missing";
  return [
    { what: "other trustees", code: missing, trust: under(town, thief, {}, []) },
    { what: "other trustees, and one of the old who helps", code: missing, trust: under(town, thief, {}, ["t1"]) },
    { what: "other custody", code: "field_wrong", trust: under(town, thief, { custody: "provider" }, []) },
    { what: "the same version", code: "version_not_higher", trust: under(town, thief, { version: 1 }, ["t1", "t2"]) },
  ];
}

/** The key file that enough of the town's trustees handed on to the thief's. */
export function handedOn(town: Town, thief: Town): Trust {
  return under(town, thief, {}, ["t1", "t2"]);
}

/** All that a store holds, by key. */
export async function contents(
  folder: string,
  format: readonly (string | number)[],
): Promise<ReadonlyMap<string, string>> {
  const store = await Store.open(folder, format);
  const records = new Map<string, string>();
  for await (const [key, content] of store.scan("", "~")) records.set(key, Buffer.from(content).toString("hex"));
  await store.close();
  return records;
}
