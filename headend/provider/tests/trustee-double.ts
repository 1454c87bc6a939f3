/** Trustees' answers to an aggregate, as our own trustee makes them, or almost. */

import { bytesToInteger } from "../../../core/integers.ts";
import type { Signer } from "../../../core/ports.ts";
import { partialDecryption } from "../../../core/secret/partial-decryption.ts";
import { encodePartial, type PartialDecryption } from "../../../core/secret/share-proof.ts";
import type { Aggregate } from "../../../core/wire/aggregate.ts";
import { sealEnvelope } from "../../../core/wire/envelope.ts";
import { contributorsHash, encodeShare, type ShareMessage, shareAad, shareInfo } from "../../../core/wire/share.ts";
import type { Sharing } from "../../../core/wire/sharing.ts";
import { nodeDigest, nodeEntropy } from "../../service/crypto.ts";
import { sealTo } from "../../service/hpke.ts";
import { openSslPower } from "../../service/power.ts";
import { known, type Town } from "../../service/tests/town.ts";

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
  { keyFile, holders }: Pick<Town, "keyFile" | "holders">,
  trustee: string,
  aggregate: Aggregate,
  contributors: readonly string[],
  forgery: Forgery = {},
): Promise<Uint8Array> {
  const { key, keyId } = keyFile;
  // a town with trustees has a key that is shared
  const sharing = keyFile.sharing as Sharing;
  const { identity, share } = known(holders, trustee);
  const { group, interval, rollVersion, part, product } = aggregate;
  const subject = { group, interval, keyId, rollVersion, part };
  const context = { ...subject, contributorsHash: contributorsHash(contributors, nodeDigest) };
  const tools = { digest: nodeDigest, entropy: nodeEntropy, powerMod: openSslPower(key.nSquared) };
  // a share's number is its holder's place
  const holder = sharing.holders[share.index - 1] as Sharing["holders"][number];
  const c = bytesToInteger(product ?? new Uint8Array(0));
  const right = partialDecryption(tools, { key, sharing, holder }, share, context, c);
  const plain = encodePartial(forgery.partial?.(right) ?? right, key, sharing.holders.length);
  const aad = shareAad({ ...subject, trustee, ...forgery.aad });
  const sealed = await sealTo(sharing.providerSealingKey, shareInfo(), aad, plain);
  const message: ShareMessage = { ...subject, trustee, answer: { status: "share", sealed }, ...forgery.message };
  return sealEnvelope("share", encodeShare(message), forgery.signer ?? identity.signer);
}
