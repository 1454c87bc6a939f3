/**
 * The provider's side of shares: a trustee's answer is taken apart, and held against signature, sealing and proof; enough of them, the provider's
 * own among them where it holds one, give the plaintext (docs/PROTOCOL.md, Shares and Opening with shares).
 */

import { ChoirError, type ErrorCode } from "../../core/errors.ts";
import type { Digest, Power, Unseal, Verify } from "../../core/ports.ts";
import { type CheckedShare, combine } from "../../core/secret/combining.ts";
import type { KeyShare } from "../../core/secret/key-share.ts";
import { ownPart } from "../../core/secret/partial-decryption.ts";
import { checkPartial, decodePartial } from "../../core/secret/share-proof.ts";
import { checkSignature, parseEnvelope } from "../../core/wire/envelope.ts";
import { checkKeyId, type KeyFile } from "../../core/wire/key-file.ts";
import { contributorsHash, decodeShare, type ShareMessage, shareAad, shareInfo } from "../../core/wire/share.ts";
import { holderIndex, type ShareHolder, type Sharing, trusteesOf } from "../../core/wire/sharing.ts";
import { parseTopic } from "../../core/wire/topics.ts";
import type { Answer } from "./records.ts";
import type { WaitingPart } from "./waiting-part.ts";

/** What shares are checked and combined with. */
export interface ShareParts {
  readonly keyFile: KeyFile;
  readonly sharing: Sharing;
  readonly verify: Verify;
  readonly digest: Digest;
  /** Powers mod n^2. */
  readonly powerMod: Power;
  /** Opens what is sealed to the provider. */
  readonly unseal: Unseal;
  /** The provider's share of the key, where it holds one. */
  readonly own: KeyShare | undefined;
}

/** A trustee's word whose signature holds; share and blocks are not yet checked. */
export interface TrusteeWord {
  readonly message: ShareMessage;
  readonly holder: ShareHolder;
}

/** Refusals that are over when a clock is set, or a file has come: the trustee is asked again, and nothing is decided by them. */
const PASSING: readonly ErrorCode[] = ["interval_in_future", "interval_closed", "key_unknown", "roll_unknown"];

/** @throws ChoirError for a message that no trustee signed for this topic and key; nothing changes then. */
export function trusteeWord(
  { keyFile, sharing, verify }: Pick<ShareParts, "keyFile" | "sharing" | "verify">,
  topic: string,
  bytes: Uint8Array,
): TrusteeWord {
  const address = parseTopic(topic);
  const holder =
    address.kind === "share" ? trusteesOf(sharing).find((one) => one.holder === address.trustee) : undefined;
  if (address.kind !== "share" || holder === undefined) {
    throw new ChoirError("member_unknown", "topic", "a trustee of the key file", "another");
  }
  const envelope = parseEnvelope("share", bytes);
  checkSignature(envelope, holder.signingKey, verify, `share of ${holder.holder}`);
  const message = decodeShare(envelope.payload, keyFile.key, sharing.holders.length);
  checkKeyId(message.keyId, keyFile, "share.key id");
  if (message.trustee !== address.trustee || message.group !== address.group) {
    throw new ChoirError("field_wrong", "share", `trustee and group of ${topic}`, "others");
  }
  return { message, holder };
}

/**
 * The answer to a part that a trustee's word is; none where it only passes. One unsealing and four powers of a share.
 * @param id of the delivery that brought it
 * @throws ChoirError roll_unknown, sealing_wrong, length_wrong, ciphertext_out_of_range, proof_wrong; block_unknown for blocks that are not the part's.
 */
export async function checkedAnswer(
  { keyFile, sharing, digest, powerMod, unseal }: ShareParts,
  { sound, product }: WaitingPart,
  { message, holder }: TrusteeWord,
  id: Uint8Array,
): Promise<Answer | undefined> {
  const { aggregate, contributors } = sound;
  const { answer, rollVersion } = message;
  if (rollVersion !== aggregate.rollVersion) {
    throw new ChoirError("roll_unknown", "share.roll version", `${aggregate.rollVersion}`, `${rollVersion}`);
  }
  if (answer.status === "refused") {
    const { reason, leaveOut } = answer;
    const stray = leaveOut.find((block) => !aggregate.blocks.includes(block));
    if (stray !== undefined) throw new ChoirError("block_unknown", "share", "blocks of the part", stray);
    return PASSING.includes(reason) ? undefined : { status: "refused", id, reason, leaveOut };
  }
  const { key } = keyFile;
  const plain = await unseal(shareInfo(), shareAad(message), answer.sealed);
  const partial = decodePartial(plain, key, sharing.holders.length);
  const context = { ...message, contributorsHash: contributorsHash(contributors, digest) };
  checkPartial(digest, powerMod, { key, sharing, holder }, context, product, partial);
  return { status: "share", id, value: partial.value };
}

/** A plaintext, and the trustees whose shares opened it, ascending; none where the provider holds the whole key. */
export interface Combined {
  readonly plaintext: bigint;
  readonly trustees: readonly string[];
}

/** The plaintext of a part that has its quorum. @throws ChoirError shares_missing, proof_wrong. */
export function combined(
  { keyFile, sharing, powerMod, own }: ShareParts,
  waiting: Pick<WaitingPart, "product" | "quorum">,
): Combined {
  const quorum = waiting.quorum() ?? [];
  const shares = quorum.map(([trustee, value]): CheckedShare => ({ index: holderIndex(sharing, trustee), value }));
  if (own !== undefined) shares.unshift({ index: own.index, value: ownPart(powerMod, sharing, own, waiting.product) });
  const plaintext = combine(keyFile.key, sharing, shares, powerMod);
  return { plaintext, trustees: quorum.map(([trustee]) => trustee) };
}
