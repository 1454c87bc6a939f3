/** `choir authority new --custody shared`: the ceremony. p, q and d live in this process's memory alone, and go with it (docs/PROTOCOL.md, Shared custody). */

import { toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { factorial, integerToBytes } from "../../core/integers.ts";
import { combine } from "../../core/secret/combining.ts";
import { checkDealing, type Dealing, deal } from "../../core/secret/dealing.ts";
import { generateSafePrimes, type SafePrimes } from "../../core/secret/safe-primes.ts";
import { encodeSignedFile } from "../../core/wire/countersigned.ts";
import { parseEnvelope } from "../../core/wire/envelope.ts";
import { decodeKeyFile, type KeyFile, signKeyFile } from "../../core/wire/key-file.ts";
import { encodeKeyShareFile, keyShareAad, keyShareInfo } from "../../core/wire/key-share-file.ts";
import type { Sharing } from "../../core/wire/sharing.ts";
import { nodeDigest, nodeEntropy } from "../service/crypto.ts";
import { sealTo } from "../service/hpke.ts";
import { openSslPower } from "../service/power.ts";
import { DEPLOYMENT_FILES, deploymentFile, keyShareFile, trusteeFolder, writeWhole } from "./deployment.ts";
import { freshIdentity, freshSealingKey } from "./identity.ts";
import { checkNew, leastBitsOf, type NewDeployment, publicParts, writeDeployment } from "./new-deployment.ts";
import { hashOf, type TranscriptStep, transcriptLines } from "./transcript.ts";
import { fingerprint, TRUSTEE_FILES, type TrusteeIdentity } from "./trustee.ts";

/** The id of the provider among the share holders. */
export const PROVIDER_HOLDER = "provider";

/** Among whom the key is shared. */
export interface Ceremony {
  /** Identities whose fingerprints were compared. */
  readonly trustees: readonly TrusteeIdentity[];
  /** Shares that an opening needs. */
  readonly threshold: number;
  /** Whether the provider holds a share of its own. */
  readonly providerHolds: boolean;
  /** Said by name: allows the provider and one trustee to open alone. */
  readonly providerWithOneTrustee: boolean;
  /** When the ceremony is held, in ms of UTC. */
  readonly atUtcMs: number;
}

/** Where the primes come from: new ones, unless a demonstration has some that are published. */
export type PrimeSource = (bits: number) => Promise<SafePrimes>;

/**
 * Makes the files of a deployment in `folder`; its key file counts once trustees have countersigned it. At 3072 bits 5 to 40 s, nearly all of
 * it the search for safe primes.
 * @throws ChoirError as `newDeployment`, `checkDealing` for the threshold, and field_wrong for a trustee or key that is there twice; then nothing is written.
 */
export async function newSharedDeployment(
  folder: string,
  options: NewDeployment,
  ceremony: Ceremony,
  primesOf: PrimeSource = generateSafePrimes,
): Promise<void> {
  checkNew(folder, options, "shared");
  const { trustees, threshold, providerHolds } = ceremony;
  checkDealing({ ...ceremony, holders: trustees.length + (providerHolds ? 1 : 0) });
  const root = options.successorOf?.root ?? freshIdentity();
  const [provider, providerSealing] = [freshIdentity(), freshSealingKey()];
  const own: TrusteeIdentity = {
    trustee: PROVIDER_HOLDER,
    signingKey: provider.signer.publicKey,
    sealingKey: providerSealing.key.publicKey,
  };
  const parties = inOrder(trustees, providerHolds ? own : undefined);
  const primes = await primesOf(options.keyBits);
  const dealing = deal(primes, { ...ceremony, holders: parties.length }, nodeEntropy, openSslPower);
  const { table, content } = publicParts(dealing.n, options, provider.signer.publicKey);
  const sharing: Sharing = {
    providerSealingKey: own.sealingKey,
    threshold,
    v: dealing.v,
    holders: parties.map((party, i) => ({
      holder: party.trustee,
      signingKey: party.signingKey,
      sealingKey: party.sealingKey,
      // one verification value was dealt for each party
      verification: dealing.verifications[i] as bigint,
    })),
    providerHolder: providerHolds ? PROVIDER_HOLDER : undefined,
  };
  const envelope = signKeyFile({ ...content, custody: "shared", sharing }, root.signer);
  // what a meter would refuse is refused here
  const keyFile = decodeKeyFile(parseEnvelope("key", envelope).payload, nodeDigest, leastBitsOf(options));
  checkDealt(keyFile, sharing, dealing);
  const files = await sealShares(keyFile, sharing, dealing);
  for (const [path, bytes] of files) writeWhole(`${folder}/${path}`, bytes);
  for (const { trustee } of trustees) {
    const config = trusteeConfig(trustee, options.broker, root.signer.publicKey);
    // the broker's URL may hold a password
    writeWhole(`${folder}/${trusteeFolder(trustee)}/${TRUSTEE_FILES.config}`, config, true);
  }
  writeWhole(deploymentFile(folder, "providerSealingKey"), providerSealing.pem, true);
  const steps = transcriptOf(options, ceremony, keyFile, sharing, files, envelope, root.signer.publicKey);
  writeWhole(
    deploymentFile(folder, "transcript"),
    transcriptLines(steps)
      .map((line) => `${line}\n`)
      .join(""),
  );
  options.successorOf?.handOver(folder);
  writeDeployment(folder, options.broker, {
    root,
    provider,
    table,
    keyFile: encodeSignedFile({ envelope, countersignatures: [] }),
    custodyEntries: { sealingKey: "sealing.pem", ...(providerHolds ? { keyShare: "key.share" } : {}) },
  });
}

/** A trustee's config file, for its own folder: beside its keys, its share and copies of key file and roll. */
function trusteeConfig(trustee: string, broker: string, rootKey: Uint8Array): string {
  const config = {
    party: "trustee",
    trustee,
    broker,
    rootKey: toHex(rootKey),
    keyFile: DEPLOYMENT_FILES.keyFile,
    roll: DEPLOYMENT_FILES.roll,
    signingKey: TRUSTEE_FILES.signingKey,
    sealingKey: TRUSTEE_FILES.sealingKey,
    keyShare: "key.share",
    store: "store",
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** The holders by id. @throws ChoirError field_wrong for an id that is there twice, or the provider's. */
function inOrder(trustees: readonly TrusteeIdentity[], own: TrusteeIdentity | undefined): readonly TrusteeIdentity[] {
  const ids = new Set<string>([PROVIDER_HOLDER]);
  for (const { trustee } of trustees) {
    if (ids.has(trustee)) throw new ChoirError("field_wrong", "trustees", "each id once, none the provider's", trustee);
    ids.add(trustee);
  }
  const parties = own === undefined ? trustees : [...trustees, own];
  return [...parties].sort((a, b) => (a.trustee < b.trustee ? -1 : 1));
}

/** The first t shares open an encryption of 1: a dealing that went wrong is found before anything is sealed with it. */
function checkDealt({ key }: KeyFile, sharing: Sharing, dealing: Dealing): void {
  const powerMod = openSslPower(key.nSquared);
  const c = ((1n + key.n) * key.base) % key.nSquared;
  const exponent = (share: bigint): bigint => 2n * factorial(sharing.holders.length) * share;
  const values = dealing.shares.slice(0, sharing.threshold).map((share) => ({
    index: share.index,
    value: share.use((s) => powerMod(c, exponent(s))),
  }));
  if (combine(key, sharing, values, powerMod) !== 1n) {
    throw new ChoirError("proof_wrong", "dealing", "shares that open what is sealed", "others");
  }
}

/** Each holder's file by its path. The shares are erased with it. */
async function sealShares(
  { keyId }: KeyFile,
  sharing: Sharing,
  dealing: Dealing,
): Promise<readonly (readonly [path: string, bytes: Uint8Array])[]> {
  const sealing = sharing.holders.map(async ({ holder, sealingKey }, i) => {
    // one share was dealt for each holder
    const share = dealing.shares[i] as Dealing["shares"][number];
    const plain = share.useBytes((bytes) => bytes);
    const sealed = await sealTo(sealingKey, keyShareInfo(), keyShareAad({ keyId, holder }), plain);
    plain.fill(0);
    share.erase();
    const path = keyShareFile(holder, holder === sharing.providerHolder);
    return [path, encodeKeyShareFile({ keyId, holder, sealed })] as const;
  });
  return Promise.all(sealing);
}

function transcriptOf(
  options: NewDeployment,
  ceremony: Ceremony,
  keyFile: KeyFile,
  sharing: Sharing,
  files: readonly (readonly [string, Uint8Array])[],
  envelope: Uint8Array,
  rootKey: Uint8Array,
): readonly TranscriptStep[] {
  const wide = (element: bigint): Uint8Array => integerToBytes(element, 2 * keyFile.key.bytes);
  return [
    {
      step: "ceremony",
      protocol: "choir/v1",
      at: new Date(ceremony.atUtcMs).toISOString(),
      custody: "shared",
      keyBits: options.keyBits,
      threshold: sharing.threshold,
      holders: sharing.holders.length,
      providerHolds: ceremony.providerHolds,
      providerWithOneTrustee: ceremony.providerWithOneTrustee,
      demonstration: options.demonstration,
      rootKey: toHex(rootKey),
    },
    ...sharing.holders.map((one, i) => ({
      step: "holder",
      holder: one.holder,
      number: i + 1,
      fingerprint: fingerprint({ trustee: one.holder, signingKey: one.signingKey, sealingKey: one.sealingKey }),
      signingKey: toHex(one.signingKey),
      sealingKey: toHex(one.sealingKey),
      verificationSha256: hashOf(wide(one.verification)),
    })),
    {
      step: "key",
      keyId: toHex(keyFile.keyId),
      nSha256: hashOf(integerToBytes(keyFile.n, keyFile.key.bytes)),
      seed: toHex(keyFile.seed),
      baseSha256: hashOf(wide(keyFile.base)),
      tableSha256: toHex(keyFile.tableHash),
      vSha256: hashOf(wide(sharing.v)),
    },
    ...files.map(([file, bytes]) => ({ step: "share", file, sha256: hashOf(bytes) })),
    { step: "signed", file: DEPLOYMENT_FILES.keyFile, version: keyFile.version, envelopeSha256: hashOf(envelope) },
  ];
}
