/** Receipts: the provider's signed word on which blocks it counted settles the outbox (docs/PROTOCOL.md, Receipt). */

import { equalBytes } from "../core/bytes.ts";
import { ChoirError } from "../core/errors.ts";
import type { Verify } from "../core/ports.ts";
import { checkSignature, parseEnvelope } from "../core/wire/envelope.ts";
import type { KeyFile } from "../core/wire/key-file.ts";
import { decodeReceipt } from "../core/wire/receipt.ts";
import { topics } from "../core/wire/topics.ts";
import type { Log, Uplink } from "./host.ts";
import type { Outbox } from "./outbox.ts";

/** What receipts are checked against. */
export interface ReceiptTerms {
  readonly keyFile: Pick<KeyFile, "keyId" | "providerKey">;
  readonly groups: readonly string[];
  /** The block of this meter's seat. */
  readonly block: string;
}

/** What receipts are heard with. */
export interface ReceiptParts {
  readonly uplink: Pick<Uplink, "subscribe">;
  readonly verify: Verify;
  readonly log: Log;
  readonly outbox: Outbox;
}

/** Listens to the receipts of all groups; one that is wrong changes nothing. */
export class Receipts {
  readonly #parts: ReceiptParts;
  readonly #followed = new Set<string>();
  /** The latest is the first; readings under the one before wait for their receipts still. */
  #terms: readonly ReceiptTerms[] = [];

  constructor(parts: ReceiptParts) {
    this.#parts = parts;
  }

  /** Goes on with these groups and this key; receipts of the key before still count. */
  follow(terms: ReceiptTerms): void {
    this.#terms = [terms, ...this.#terms.slice(0, 1)];
    for (const group of terms.groups) {
      if (this.#followed.has(group)) continue;
      this.#followed.add(group);
      this.#parts.uplink.subscribe(topics.receipt(group), (_topic, payload) => this.#hear(group, payload));
    }
  }

  #hear(group: string, payload: Uint8Array): void {
    try {
      this.#take(group, payload);
    } catch (error) {
      this.#parts.log.warn(`receipt of ${group} ignored: ${error instanceof Error ? error.message : "unreadable"}`);
    }
  }

  /** @throws ChoirError as the decoders, key_unknown, signature_wrong. */
  #take(group: string, payload: Uint8Array): void {
    const { verify, outbox } = this.#parts;
    const envelope = parseEnvelope("receipt", payload);
    const receipt = decodeReceipt(envelope.payload);
    // a signature costs a meter more than anything else here, so what cannot matter is left before it
    if (receipt.group !== group || !outbox.owes(receipt.interval, group)) return;
    const ofKey = this.#terms.filter(({ keyFile }) => equalBytes(keyFile.keyId, receipt.keyId));
    const [terms] = ofKey;
    if (terms === undefined) throw new ChoirError("key_unknown", "receipt", "a key of this meter", "another key's id");
    checkSignature(envelope, terms.keyFile.providerKey, verify, "receipt");
    const counted = ofKey.some(({ block }) => receipt.blocks.includes(block));
    if (receipt.status === "opened" && counted) outbox.settle(receipt.interval, group);
    else if (receipt.part === 0) outbox.recall(receipt.interval);
  }
}
