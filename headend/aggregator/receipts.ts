/** The provider's receipts, as the aggregator hears them: a part that has one is not sent again; opened blocks' envelopes are erased, refused blocks free again. */

import { equalBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Verify } from "../../core/ports.ts";
import { checkSignature, parseEnvelope } from "../../core/wire/envelope.ts";
import { checkKeyId, type KeyFile } from "../../core/wire/key-file.ts";
import { decodeReceipt, type Receipt } from "../../core/wire/receipt.ts";
import { parseTopic } from "../../core/wire/topics.ts";
import { deliveryId } from "../service/delivery.ts";
import type { Ledger } from "./ledger.ts";

/** What receipts are checked against. */
export interface ReceiptParts {
  readonly keyFile: KeyFile;
  readonly group: string;
  readonly ledger: Ledger;
  readonly verify: Verify;
}

/**
 * Enters a receipt in the ledger; resolves when it is on the disk, to none where it was there already.
 * @throws ChoirError for a receipt that is not the provider's, or for no part of ours; nothing changes then.
 */
export async function enterReceipt(
  parts: ReceiptParts,
  topic: string,
  bytes: Uint8Array,
): Promise<Receipt | undefined> {
  const { keyFile, group, ledger, verify } = parts;
  const address = parseTopic(topic);
  if (address.kind !== "receipt" || address.group !== group) {
    throw new ChoirError("field_wrong", "topic", `the receipts of group ${group}`, "another");
  }
  const envelope = parseEnvelope("receipt", bytes);
  checkSignature(envelope, keyFile.providerKey, verify, "receipt");
  const receipt = decodeReceipt(envelope.payload);
  checkKeyId(receipt.keyId, keyFile, "receipt.key id");
  if (receipt.group !== group) throw new ChoirError("field_wrong", "receipt.group", group, receipt.group);
  const part = ledger.part(receipt.interval, receipt.part);
  const name = `part ${receipt.part} of interval ${receipt.interval}`;
  if (part === undefined) throw new ChoirError("block_unknown", "receipt", "a part that was sealed here", name);
  const isOurs =
    receipt.status === "opened"
      ? part.blocks.join() === receipt.blocks.join()
      : receipt.blocks.every((block) => part.blocks.includes(block));
  if (!isOurs) {
    throw new ChoirError("block_unknown", "receipt.blocks", `those of ${name}`, "others");
  }
  const id = deliveryId(topic, bytes);
  if (part.receipt !== undefined) {
    if (!equalBytes(part.receipt.id, id)) {
      throw new ChoirError("field_wrong", "receipt", `the first receipt of ${name}`, "a different one");
    }
    await ledger.synced();
    return undefined;
  }
  await ledger.receive(receipt, part, id);
  return receipt;
}
