/** What a provider opens with, as its config file names it: the factors of n, or the key that shares are sealed to and its own share (docs/PROTOCOL.md, Key file). */

import { equalBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Verify } from "../../core/ports.ts";
import { openKeyShare } from "../../core/secret/open-key-share.ts";
import { Opener } from "../../core/secret/opener.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import { besideConfig, readNamedFile } from "../service/config.ts";
import { nodeDigest } from "../service/crypto.ts";
import { nodeSealingKey } from "../service/hpke.ts";
import { openSslPower } from "../service/power.ts";
import type { OpeningParts } from "./opening.ts";
import { readSecretKey } from "./secret-file.ts";
import type { ShareParts } from "./shares.ts";

/** The config entries that say it. */
export interface CustodyEntries {
  readonly secretKey?: string | undefined;
  readonly sealingKey?: string | undefined;
  readonly keyShare?: string | undefined;
}

/**
 * Reads what the key file's custody asks for.
 * @throws ChoirError config_invalid for entries of another custody or missing ones, key_unknown for keys that are not the key file's, and as
 *   `readSecretKey` and `openKeyShare`.
 */
export async function loadCustody(
  config: string,
  entries: CustodyEntries,
  keyFile: KeyFile,
  verify: Verify,
): Promise<OpeningParts["custody"]> {
  const { sharing } = keyFile;
  const holds = sharing?.providerHolder !== undefined;
  const path = (entry: keyof CustodyEntries, isWanted: boolean): string | undefined => {
    const value = entries[entry];
    if ((value !== undefined) === isWanted) return value;
    const expected = `${isWanted ? "a path" : "none"} with this key's custody: ${keyFile.custody}`;
    throw new ChoirError("config_invalid", `${config}: ${entry}`, expected, value ?? "none");
  };
  const secretKey = path("secretKey", sharing === undefined);
  const sealingKey = path("sealingKey", sharing !== undefined);
  const keyShare = path("keyShare", holds);
  if (sharing !== undefined && sealingKey !== undefined) {
    return { shares: await shareParts(config, { sealingKey, keyShare }, { keyFile, sharing, verify }) };
  }
  const secret = readSecretKey(besideConfig(config, secretKey ?? ""));
  if (secret.n !== keyFile.n) {
    throw new ChoirError("key_unknown", `${config}: secretKey`, "the factors of the key file's n", "others");
  }
  return { opener: new Opener(secret, openSslPower) };
}

async function shareParts(
  config: string,
  paths: { readonly sealingKey: string; readonly keyShare: string | undefined },
  parts: Pick<ShareParts, "keyFile" | "sharing" | "verify">,
): Promise<ShareParts> {
  const { keyFile, sharing } = parts;
  const key = nodeSealingKey(readNamedFile(config, "sealingKey", paths.sealingKey), `${config}: sealingKey`);
  if (!equalBytes(key.publicKey, sharing.providerSealingKey)) {
    throw new ChoirError(
      "key_unknown",
      `${config}: sealingKey`,
      "the provider's sealing key of the key file",
      "another",
    );
  }
  const powerMod = openSslPower(keyFile.key.nSquared);
  const { providerHolder } = sharing;
  const own =
    paths.keyShare === undefined || providerHolder === undefined
      ? undefined
      : await openKeyShare(
          readNamedFile(config, "keyShare", paths.keyShare),
          keyFile,
          providerHolder,
          key.open,
          powerMod,
        );
  return { ...parts, digest: nodeDigest, powerMod, unseal: key.open, own };
}
