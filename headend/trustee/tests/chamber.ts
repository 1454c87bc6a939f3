/** A trustee in this process, with its ledger in a temporary folder, and testimonies made to measure. */

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "../../../core/bytes.ts";
import { bytesToInteger, integerToBytes } from "../../../core/integers.ts";
import { product } from "../../../core/paillier/ciphertext.ts";
import { checkPartial, decodePartial, type PartialDecryption } from "../../../core/secret/share-proof.ts";
import { type Aggregate, encodeAggregate } from "../../../core/wire/aggregate.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "../../../core/wire/envelope.ts";
import { evidenceHash } from "../../../core/wire/evidence.ts";
import { decodeReading } from "../../../core/wire/reading.ts";
import type { Roll } from "../../../core/wire/roll.ts";
import { contributorsHash, decodeShare, type ShareMessage, shareAad, shareInfo } from "../../../core/wire/share.ts";
import { encodeTestimony } from "../../../core/wire/testimony.ts";
import { topics } from "../../../core/wire/topics.ts";
import { nodeDigest, nodeEntropy, nodeVerifier } from "../../service/crypto.ts";
import { openSslPower } from "../../service/power.ts";
import { Store } from "../../service/store.ts";
import { known, type Town } from "../../service/tests/town.ts";
import { Ledger, ledgerFormat } from "../ledger.ts";
import { type Outcome, Trustee, type TrusteeParts } from "../trustee.ts";

/** A testimony before it is encoded. */
export interface Draft {
  readonly aggregate: Aggregate;
  readonly envelopes: readonly Uint8Array[];
}

/** The chamber of one trustee of a town; the time is `nowMs`. */
export class Chamber {
  readonly town: Town;
  readonly trustee: string;
  readonly folder = mkdtempSync(join(tmpdir(), "choir-"));
  /** Answers sent, in order. */
  readonly answers: Uint8Array[] = [];
  nowMs = 0;
  readonly #weakened: Partial<TrusteeParts>;
  #ledger: Ledger | undefined;
  #trustee: Trustee | undefined;

  /** @param weakened parts that take the place of sound ones, to see what an attack would gain */
  constructor(town: Town, trustee = "t1", weakened: Partial<TrusteeParts> = {}) {
    this.town = town;
    this.trustee = trustee;
    this.#weakened = weakened;
  }

  async start(roll: Roll = this.town.roll): Promise<void> {
    const { keyFile } = this.town;
    const { sharing } = keyFile;
    if (sharing === undefined) throw new Error("a town without trustees");
    const { identity, share } = known(this.town.holders, this.trustee);
    // the town lists every holder
    const holder = sharing.holders.find((one) => one.holder === this.trustee) as (typeof sharing.holders)[number];
    this.#ledger = await Ledger.open(join(this.folder, "store"), { keyFile, roll }, this.trustee);
    this.#trustee = new Trustee({
      keyFile,
      ledger: this.ledger,
      clock: { nowMs: () => this.nowMs },
      verify: nodeVerifier(),
      digest: nodeDigest,
      entropy: nodeEntropy,
      powerMod: openSslPower(keyFile.key.nSquared),
      prover: { key: keyFile.key, sharing, holder },
      share,
      providerSealingKey: sharing.providerSealingKey,
      signer: identity.signer,
      reply: (_group, message) => void this.answers.push(message),
      ...this.#weakened,
    });
  }

  get ledger(): Ledger {
    if (this.#ledger === undefined) throw new Error("start first");
    return this.#ledger;
  }

  async restart(roll?: Roll): Promise<void> {
    await this.ledger.close();
    await this.start(roll);
  }

  /** Starts again as a trustee that never knew another roll. */
  async beginWith(roll: Roll): Promise<void> {
    await this.ledger.close();
    rmSync(join(this.folder, "store"), { recursive: true });
    await this.start(roll);
  }

  /** Puts the ledger back to what a backup holds: `between` happens and is forgotten. */
  async forgetting(between: () => Promise<void>): Promise<void> {
    await this.ledger.close();
    const [store, backup] = [join(this.folder, "store"), join(this.folder, "backup")];
    cpSync(store, backup, { recursive: true });
    await this.start();
    await between();
    await this.ledger.close();
    rmSync(store, { recursive: true });
    cpSync(backup, store, { recursive: true });
    await this.start();
  }

  async end(): Promise<void> {
    await this.ledger.close();
    rmSync(this.folder, { recursive: true });
  }

  /** Every meter's sealed reading of the blocks. */
  readings(interval: number, blocks: readonly string[]): ReadonlyMap<string, Uint8Array> {
    const meters = [...this.town.meters.keys()].filter((meter) => blocks.some((one) => meter.startsWith(`${one}-`)));
    return new Map(meters.map((meter, i) => [meter, this.town.reading(meter, interval, 1000 + i, i)]));
  }

  /** What an honest aggregator makes of these envelopes; `change` takes the place of what is right. */
  draft(
    group: string,
    interval: number,
    blocks: readonly string[],
    envelopes: Iterable<Uint8Array>,
    change: Partial<Aggregate> = {},
  ): Draft {
    const { keyFile, roll } = this.town;
    const list = [...envelopes];
    const aggregate: Aggregate = {
      group,
      interval,
      keyId: keyFile.keyId,
      rollVersion: roll.version,
      part: 0,
      blocks,
      leftOut: [],
      product: blocks.length === 0 ? undefined : this.product(list),
      evidenceHash: evidenceHash(list, nodeDigest),
      ...change,
    };
    return { aggregate, envelopes: list };
  }

  /** The product of the envelopes' ciphertexts, of those that are readings. */
  product(envelopes: readonly Uint8Array[]): Uint8Array {
    const { key, layout } = this.town.keyFile;
    const ciphertexts = envelopes.flatMap((bytes) => {
      try {
        return [bytesToInteger(decodeReading(parseEnvelope("reading", bytes).payload, key, layout).ciphertext)];
      } catch {
        return [];
      }
    });
    return integerToBytes(product(ciphertexts, key), 2 * key.bytes);
  }

  encode({ aggregate, envelopes }: Draft, signer = this.town.aggregator(aggregate.group)): Uint8Array {
    return encodeTestimony({ aggregate: sealEnvelope("aggregate", encodeAggregate(aggregate), signer), envelopes });
  }

  receive(draft: Draft | Uint8Array, topic?: string): Promise<Outcome> {
    if (this.#trustee === undefined) throw new Error("start first");
    const bytes = draft instanceof Uint8Array ? draft : this.encode(draft);
    const group = draft instanceof Uint8Array ? "g0" : draft.aggregate.group;
    return this.#trustee.receive(topic ?? topics.evidence(group), bytes);
  }

  /** The last answer, its signature checked. */
  lastAnswer(): ShareMessage {
    const { keyFile, holders } = this.town;
    const envelope = parseEnvelope("share", this.answers.at(-1) ?? new Uint8Array(0));
    checkSignature(envelope, known(holders, this.trustee).identity.signer.publicKey, nodeVerifier(), "share");
    return decodeShare(envelope.payload, keyFile.key, keyFile.sharing?.holders.length ?? 0);
  }

  /** The last answer's share of a draft's product, unsealed and its proof checked as the provider does. */
  async lastShare({ aggregate }: Draft, contributors: readonly string[]): Promise<PartialDecryption> {
    const { keyFile, holders } = this.town;
    const { key, sharing } = keyFile;
    const { answer } = this.lastAnswer();
    const holder = sharing?.holders.find((one) => one.holder === this.trustee);
    if (answer.status !== "share" || sharing === undefined || holder === undefined) throw new Error("no share");
    const aad = shareAad({ ...aggregate, trustee: this.trustee });
    const plain = await known(holders, "provider").sealing.key.open(shareInfo(), aad, answer.sealed);
    const partial = decodePartial(plain, key, sharing.holders.length);
    const context = { ...aggregate, contributorsHash: contributorsHash(contributors, nodeDigest) };
    const c = bytesToInteger(aggregate.product ?? new Uint8Array(0));
    checkPartial(nodeDigest, openSslPower(key.nSquared), { key, sharing, holder }, context, c, partial);
    return partial;
  }

  /** All records of the ledger that a rule may read, by key: the notes of refusals are none. */
  async records(): Promise<ReadonlyMap<string, string>> {
    await this.ledger.close();
    const { keyFile } = this.town;
    const store = await Store.open(join(this.folder, "store"), ledgerFormat(this.trustee, keyFile.keyId));
    const records = new Map<string, string>();
    for await (const [key, content] of store.scan("", "~")) {
      if (!key.startsWith("refusal/")) records.set(key, toHex(content));
    }
    await store.close();
    await this.start();
    return records;
  }
}
