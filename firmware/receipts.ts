/** Receipts: the provider's signed word on which blocks it counted settles the outbox (docs/PROTOCOL.md, Receipt). */

import type { Verify } from "../core/ports.ts";
import { checkSignature, parseEnvelope } from "../core/wire/envelope.ts";
import { checkKeyId, type KeyFile } from "../core/wire/key-file.ts";
import { decodeReceipt } from "../core/wire/receipt.ts";
import { topics } from "../core/wire/topics.ts";
import type { Log, Uplink } from "./host.ts";
import type { Outbox } from "./outbox.ts";

/** What is needed to judge a receipt. */
export interface ReceiptParts {
  readonly uplink: Uplink;
  readonly verify: Verify;
  readonly log: Log;
  readonly keyFile: Pick<KeyFile, "keyId" | "providerKey">;
  readonly groups: readonly string[];
  /** The block of this meter's seat. */
  readonly block: string;
  readonly outbox: Outbox;
}

/** Subscribes to the receipts of all groups; one that is wrong changes nothing. */
export function followReceipts(parts: ReceiptParts): void {
  for (const group of parts.groups) {
    parts.uplink.subscribe(topics.receipt(group), (_topic, payload) => {
      try {
        take(parts, group, payload);
      } catch (error) {
        parts.log.warn(`receipt of ${group} ignored: ${error instanceof Error ? error.message : "unreadable"}`);
      }
    });
  }
}

/** @throws ChoirError as the decoders, key_unknown, signature_wrong. */
function take({ verify, keyFile, block, outbox }: ReceiptParts, group: string, payload: Uint8Array): void {
  const envelope = parseEnvelope("receipt", payload);
  const receipt = decodeReceipt(envelope.payload);
  // a signature costs a meter more than anything else here, so what cannot matter is left before it
  if (receipt.group !== group || !outbox.owes(receipt.interval, group)) return;
  checkKeyId(receipt.keyId, keyFile, "receipt");
  checkSignature(envelope, keyFile.providerKey, verify, "receipt");
  if (receipt.status === "opened" && receipt.blocks.includes(block)) outbox.settle(receipt.interval, group);
  else if (receipt.part === 0) outbox.recall(receipt.interval);
}
