/** A shared key for tests of the head end, dealt to trustees and to the provider, and trustees' answers as our own trustee makes them, or almost. */

import { generateKeyPairSync, generatePrimeSync } from "node:crypto";
import { bitLength, bytesToInteger } from "../../../core/integers.ts";
import type { Signer } from "../../../core/ports.ts";
import { deal } from "../../../core/secret/dealing.ts";
import { SecretKey } from "../../../core/secret/key-pair.ts";
import type { KeyShare } from "../../../core/secret/key-share.ts";
import { partialDecryption } from "../../../core/secret/partial-decryption.ts";
import { SafePrimes } from "../../../core/secret/safe-primes.ts";
import { encodePartial, type PartialDecryption } from "../../../core/secret/share-proof.ts";
import type { Aggregate } from "../../../core/wire/aggregate.ts";
import { sealEnvelope } from "../../../core/wire/envelope.ts";
import type { KeyFile } from "../../../core/wire/key-file.ts";
import { contributorsHash, encodeShare, type ShareMessage, shareAad, shareInfo } from "../../../core/wire/share.ts";
import type { Sharing } from "../../../core/wire/sharing.ts";
import { nodeDigest, nodeEntropy, nodeSigner } from "../crypto.ts";
import { nodeSealingKey, type SealingKey, sealTo } from "../hpke.ts";
import { openSslPower } from "../power.ts";

/** A trustee of a test. */
export interface TestTrustee {
  readonly id: string;
  readonly signer: Signer;
  readonly share: KeyShare;
}

/** A key that nobody holds, but the test. */
export interface DealtKey {
  readonly secret: SecretKey;
  readonly sharing: Sharing;
  /** t0, t1, ... */
  readonly trustees: ReadonlyMap<string, TestTrustee>;
  /** The provider's share and the key that shares are sealed to. */
  readonly own: KeyShare;
  readonly sealing: SealingKey;
}

/** Deals a new key to `count` trustees and to the provider; an opening needs the provider's share and all trustees' but one. */
export function dealKey(bits: number, count: number, providerKey: Uint8Array): DealtKey {
  const primes = safePrimes(bits);
  const dealing = deal(
    primes,
    { threshold: count, holders: count + 1, providerHolds: true },
    nodeEntropy,
    openSslPower,
  );
  const sealing = freshSealing();
  const signers = Array.from({ length: count }, freshSigner);
  // "provider" sorts before "t0"
  const ids = ["provider", ...signers.map((_, i) => `t${i}`)];
  const holders = ids.map((holder, i) => ({
    holder,
    signingKey: signers[i - 1]?.publicKey ?? providerKey,
    sealingKey: i === 0 ? sealing.publicKey : freshSealing().publicKey,
    // one verification value was dealt for each holder
    verification: dealing.verifications[i] as bigint,
  }));
  // and one share
  const shareOf = (i: number): KeyShare => dealing.shares[i] as KeyShare;
  const trustees = signers.map((signer, i) => ({ id: `t${i}`, signer, share: shareOf(i + 1) }));
  return {
    secret: primes.use((p, q) => new SecretKey(p, q)),
    sharing: {
      providerSealingKey: sealing.publicKey,
      threshold: count,
      v: dealing.v,
      holders,
      providerHolder: "provider",
    },
    trustees: new Map(trustees.map((trustee) => [trustee.id, trustee])),
    own: shareOf(0),
    sealing,
  };
}

/** How an answer differs from what it should be. */
export interface Forgery {
  /** Takes the place of the share of the aggregate's product. */
  readonly partial?: (right: PartialDecryption) => PartialDecryption;
  /** What the sealed share is said to be of. */
  readonly aad?: Partial<ShareMessage>;
  /** What the message says. */
  readonly message?: Partial<ShareMessage>;
  readonly signer?: Signer;
}

/** A trustee's signed share of an aggregate, whose contributors are told. */
export async function shareOf(
  { keyFile, shared }: { readonly keyFile: KeyFile; readonly shared: DealtKey },
  trustee: string,
  aggregate: Aggregate,
  contributors: readonly string[],
  forgery: Forgery = {},
): Promise<Uint8Array> {
  const { sharing, sealing } = shared;
  const { key, keyId } = keyFile;
  const { signer, share } = shared.trustees.get(trustee) as TestTrustee;
  const { group, interval, rollVersion, part, product } = aggregate;
  const subject = { group, interval, keyId, rollVersion, part };
  const context = { ...subject, contributorsHash: contributorsHash(contributors, nodeDigest) };
  const tools = { digest: nodeDigest, entropy: nodeEntropy, powerMod: openSslPower(key.nSquared) };
  const holder = sharing.holders[share.index - 1] as Sharing["holders"][number];
  const c = bytesToInteger(product ?? new Uint8Array(0));
  const right = partialDecryption(tools, { key, sharing, holder }, share, context, c);
  const plain = encodePartial(forgery.partial?.(right) ?? right, key, sharing.holders.length);
  const aad = shareAad({ ...subject, trustee, ...forgery.aad });
  const sealed = await sealTo(sealing.publicKey, shareInfo(), aad, plain);
  const message: ShareMessage = { ...subject, trustee, answer: { status: "share", sealed }, ...forgery.message };
  return sealEnvelope("share", encodeShare(message), forgery.signer ?? signer);
}

function safePrimes(bits: number): SafePrimes {
  for (;;) {
    const prime = (): bigint => generatePrimeSync(bits / 2, { safe: true, bigint: true });
    const [p, q] = [prime(), prime()];
    if (p !== q && bitLength(p * q) === bits) return new SafePrimes(p, q);
  }
}

function freshSigner(): Signer {
  return nodeSigner(generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString(), "t");
}

function freshSealing(): SealingKey {
  return nodeSealingKey(
    generateKeyPairSync("x25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    "t",
  );
}
