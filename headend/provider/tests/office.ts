/** A provider's opening and feeders in this process, with its books in a temporary folder, and aggregates made to measure. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesToInteger, integerToBytes } from "../../../core/integers.ts";
import { product } from "../../../core/paillier/ciphertext.ts";
import { Opener } from "../../../core/secret/opener.ts";
import { type Aggregate, encodeAggregate } from "../../../core/wire/aggregate.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "../../../core/wire/envelope.ts";
import { decodeReceipt, type Receipt } from "../../../core/wire/receipt.ts";
import { encodeShare, type ShareRefusal } from "../../../core/wire/share.ts";
import { topics } from "../../../core/wire/topics.ts";
import { nodeDigest, nodeVerifier } from "../../service/crypto.ts";
import { openSslPower } from "../../service/power.ts";
import { known, type Town } from "../../service/tests/town.ts";
import { Books } from "../books.ts";
import { enterFeeder } from "../feeders.ts";
import { type AnswerOutcome, Opening, type OpeningParts, type Outcome } from "../opening.ts";
import { type Forgery, shareOf } from "./trustee-double.ts";

/** The provider of a town; the time is `nowMs`. */
export class Office {
  readonly town: Town;
  readonly folder = mkdtempSync(join(tmpdir(), "choir-"));
  readonly verify = nodeVerifier();
  readonly lines: Record<string, unknown>[] = [];
  readonly receipts: Uint8Array[] = [];
  nowMs = 0;
  /** How many products were opened. */
  opened = 0;
  #books: Books | undefined;
  #opening: Opening | undefined;

  constructor(town: Town) {
    this.town = town;
  }

  async start(): Promise<void> {
    const { keyFile, roll, provider } = this.town;
    this.#books = await Books.open(join(this.folder, "store"), { keyFile, roll });
    this.#opening = new Opening({
      keyFile,
      books: this.books,
      custody: this.#custody(),
      signer: provider.signer,
      verify: this.verify,
      clock: { nowMs: () => this.nowMs },
      show: (line) => void this.lines.push(JSON.parse(line)),
      reply: (_group, receipt) => void this.receipts.push(receipt),
    });
    await this.#opening.load();
    await this.#opening.resume();
  }

  #custody(): OpeningParts["custody"] {
    const { keyFile, secret, holders } = this.town;
    const { sharing } = keyFile;
    if (sharing !== undefined) {
      const { share: own, sealing } = known(holders, "provider");
      const powerMod = openSslPower(keyFile.key.nSquared);
      return {
        shares: { keyFile, sharing, verify: this.verify, digest: nodeDigest, powerMod, unseal: sealing.key.open, own },
      };
    }
    const opener = new Opener(secret, openSslPower);
    return {
      opener: {
        open: (c) => {
          this.opened++;
          return opener.open(c);
        },
      },
    };
  }

  get books(): Books {
    if (this.#books === undefined) throw new Error("start first");
    return this.#books;
  }

  get opening(): Opening {
    if (this.#opening === undefined) throw new Error("start first");
    return this.#opening;
  }

  async restart(): Promise<void> {
    await this.books.close();
    await this.start();
  }

  async end(): Promise<void> {
    await this.books.close();
    rmSync(this.folder, { recursive: true });
  }

  /** An aggregate of these blocks in which every home reports `values`; `change` takes the place of what is right. */
  aggregate(
    interval: number,
    blocks: readonly string[],
    values: readonly number[],
    change: Partial<Aggregate> = {},
  ): Aggregate {
    const { roll, keyFile } = this.town;
    const [group = ""] = (blocks[0] ?? "g0").split("-");
    const sealed = this.contributors({ blocks }).map((meter) =>
      bytesToInteger(this.town.sealed(meter, interval, values).ciphertext),
    );
    const others =
      roll.groups.find((one) => one.group === group)?.blocks.filter((block) => !blocks.includes(block)) ?? [];
    return {
      group,
      interval,
      keyId: keyFile.keyId,
      rollVersion: roll.version,
      part: 0,
      blocks,
      leftOut: others.map((block) => ({ block, reason: "missing", meters: [`${block}-m0`] })),
      product: blocks.length === 0 ? undefined : this.number(product(sealed, keyFile.key)),
      evidenceHash: new Uint8Array(32),
      ...change,
    };
  }

  /** A number mod n^2 as bytes. */
  number(value: bigint): Uint8Array {
    return integerToBytes(value, 2 * this.town.keyFile.key.bytes);
  }

  sign(aggregate: Aggregate, signer = this.town.aggregator(aggregate.group)): Uint8Array {
    return sealEnvelope("aggregate", encodeAggregate(aggregate), signer);
  }

  receive(message: Uint8Array, group = "g0"): Promise<Outcome> {
    return this.opening.receive(topics.aggregate(group), message);
  }

  /** A trustee's share of an aggregate of this office's town. */
  share(trustee: string, aggregate: Aggregate, forgery: Forgery = {}): Promise<Uint8Array> {
    return shareOf(this.town, trustee, aggregate, this.contributors(aggregate), forgery);
  }

  /** A trustee's refusal of an aggregate. */
  refusal(trustee: string, aggregate: Aggregate, reason: ShareRefusal, leaveOut: readonly string[]): Uint8Array {
    const { group, interval, keyId, rollVersion, part } = aggregate;
    const answer = { status: "refused", reason, leaveOut } as const;
    const payload = encodeShare({ group, interval, keyId, rollVersion, part, trustee, answer });
    return sealEnvelope("share", payload, known(this.town.holders, trustee).identity.signer);
  }

  receiveShare(trustee: string, message: Uint8Array, group = "g0"): Promise<AnswerOutcome> {
    return this.opening.receiveShare(topics.share(group, trustee), message);
  }

  contributors({ blocks }: Pick<Aggregate, "blocks">): readonly string[] {
    return [...this.town.meters.keys()].filter((meter) => blocks.some((block) => meter.startsWith(`${block}-`)));
  }

  feeder(message: Uint8Array, topic = topics.feeder("g0")): Promise<boolean> {
    const { keyFile } = this.town;
    const show = (line: string): void => void this.lines.push(JSON.parse(line));
    const clock = { nowMs: () => this.nowMs };
    return enterFeeder({ keyFile, books: this.books, verify: this.verify, clock, show }, topic, message);
  }

  /** Receipts sent, signatures checked. */
  answers(): readonly Receipt[] {
    return this.receipts.map((message) => {
      const envelope = parseEnvelope("receipt", message);
      checkSignature(envelope, this.town.keyFile.providerKey, this.verify, "receipt");
      return decodeReceipt(envelope.payload);
    });
  }
}
