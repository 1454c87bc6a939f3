/** The coalition of most attacks, in this process: a provider with its share of the key and an aggregator that signs whatever it likes, before trustees. */

import { expect } from "@jest/globals";
import { bytesToInteger } from "../../core/integers.ts";
import { product } from "../../core/paillier/ciphertext.ts";
import { type CheckedShare, combine } from "../../core/secret/combining.ts";
import { Opener } from "../../core/secret/opener.ts";
import { ownPart } from "../../core/secret/partial-decryption.ts";
import type { Aggregate } from "../../core/wire/aggregate.ts";
import { parseEnvelope } from "../../core/wire/envelope.ts";
import { decodeReading, type SealedReading } from "../../core/wire/reading.ts";
import { openSslPower } from "../../headend/service/power.ts";
import { known, Town, type TownOptions } from "../../headend/service/tests/town.ts";
import { Chamber, type Draft } from "../../headend/trustee/tests/chamber.ts";
import type { TrusteeParts } from "../../headend/trustee/trustee.ts";

export const INTERVAL = 20_000;
export const TRUSTEES: readonly string[] = ["t1", "t2", "t3"];
/** The channels' places among the sums. */
export const [IMPORT, EXPORT] = [0, 1];

/** A town whose key the provider and three trustees share, three of four shares needed; blocks g0-b0, ... of three homes. */
export function sharedTown(options: Partial<TownOptions> = {}): Town {
  return new Town({ trustees: TRUSTEES, firstInterval: 10_000, lastInterval: 100_000, ...options });
}

/** Leave-out by meter, as in systems without blocks: each of the homes is a block of its own, and one is enough. */
export function townWithoutBlocks(homes: number, options: Partial<TownOptions> = {}): Town {
  return sharedTown({ blocksPerGroup: homes, seatsPerBlock: 1, kMin: 1, ...options });
}

/** What a home imports in an interval, in mWh: no two alike, and no sum of some another's. */
export function energyOf(town: Town, meter: string): number {
  return 1000 + 2 ** [...town.meters.keys()].indexOf(meter);
}

/** The homes of some blocks. */
export function homesOf(town: Town, blocks: readonly string[]): readonly string[] {
  return [...town.meters.keys()].filter((meter) => blocks.some((block) => meter.startsWith(`${block}-`)));
}

/** The import of some blocks' homes, in mWh. */
export function energyOfAll(town: Town, blocks: readonly string[]): number {
  return homesOf(town, blocks).reduce((sum, meter) => sum + energyOf(town, meter), 0);
}

/** The numbers of a message of a meter. */
export function readingOf(town: Town, message: Uint8Array): SealedReading {
  return decodeReading(parseEnvelope("reading", message).payload, town.keyFile.key, town.keyFile.layout);
}

/** A channel of an opened plaintext, whatever its guard bits and count say. */
export function channelOf(town: Town, plaintext: bigint, channel: number): number {
  const { offset = 0, bits = 0 } = town.keyFile.layout.slots[channel] ?? {};
  return Number(BigInt.asUintN(bits, plaintext >> BigInt(offset)));
}

/** Aggregation without any of the rules, by whoever has the whole key: the plaintext of the product of the ciphertexts. */
export function plainSum(town: Town, ciphertexts: readonly Uint8Array[]): bigint {
  return new Opener(town.secret, openSslPower).open(product(ciphertexts.map(bytesToInteger), town.keyFile.key));
}

/** What a holder's share of a ciphertext is, without proof or seal, rules or questions. */
export function bareShare({ keyFile, holders }: Town, holder: string, c: bigint): CheckedShare {
  const { sharing, key } = keyFile;
  if (sharing === undefined) throw new Error("a town without trustees");
  const { share } = known(holders, holder);
  return { index: share.index, value: ownPart(openSslPower(key.nSquared), sharing, share, c) };
}

/** The plaintext by these shares. @throws ChoirError shares_missing, proof_wrong. */
export function combined(
  { keyFile }: Town,
  shares: readonly CheckedShare[],
  threshold = keyFile.sharing?.threshold,
): bigint {
  const { sharing, key } = keyFile;
  if (sharing === undefined || threshold === undefined) throw new Error("a town without trustees");
  return combine(key, { ...sharing, threshold }, shares, openSslPower(key.nSquared));
}

/** The coalition before the trustees t1, t2 and t3. */
export class Coalition {
  readonly town: Town;
  readonly trustees: readonly Chamber[];

  private constructor(town: Town, trustees: readonly Chamber[]) {
    this.town = town;
    this.trustees = trustees;
  }

  /** @param weakened what each trustee has in place of its sound parts */
  static async before(town: Town, weakened: Partial<TrusteeParts> = {}): Promise<Coalition> {
    const trustees = TRUSTEES.map((trustee) => new Chamber(town, trustee, weakened));
    for (const trustee of trustees) {
      trustee.nowMs = town.after(INTERVAL, 15_000);
      await trustee.start();
    }
    return new Coalition(town, trustees);
  }

  async end(): Promise<void> {
    for (const trustee of this.trustees) await trustee.end();
  }

  /** Every home's signed reading, of the blocks, by meter. */
  readings(blocks: readonly string[], interval = INTERVAL): Map<string, Uint8Array> {
    const { town } = this;
    const signed = (meter: string): Uint8Array => town.reading(meter, interval, energyOf(town, meter), 0);
    return new Map(homesOf(town, blocks).map((meter) => [meter, signed(meter)]));
  }

  /** What the aggregator signs: all that is not changed is as it should be. */
  draft(
    group: string,
    blocks: readonly string[],
    envelopes: Iterable<Uint8Array>,
    change: Partial<Aggregate> = {},
  ): Draft {
    // there are three
    return (this.trustees[0] as Chamber).draft(group, change.interval ?? INTERVAL, blocks, envelopes, change);
  }

  /** The plaintext by the provider's share and those that these trustees give. @throws ChoirError shares_missing where too few do. */
  async open(draft: Draft, asked: readonly string[] = TRUSTEES): Promise<bigint> {
    const contributors = draft.envelopes.map((bytes) => readingOf(this.town, bytes).meter);
    const c = bytesToInteger(draft.aggregate.product ?? new Uint8Array(0));
    const shares = [bareShare(this.town, "provider", c)];
    for (const chamber of this.trustees.filter(({ trustee }) => asked.includes(trustee))) {
      const { kind } = await chamber.receive(draft);
      if (kind !== "share" && kind !== "again") continue;
      const { value } = await chamber.lastShare(draft, contributors);
      shares.push({ index: known(this.town.holders, chamber.trustee).share.index, value });
    }
    return combined(this.town, shares);
  }

  /** The import of a draft, as `open` finds it, in mWh. */
  async energy(draft: Draft, asked?: readonly string[]): Promise<number> {
    return channelOf(this.town, await this.open(draft, asked), IMPORT);
  }

  /** Sees each trustee refuse with this reason and change nothing, and the provider left with its own share. */
  async expectRefused(draft: Draft, reason: string, leaveOut: readonly string[]): Promise<void> {
    for (const chamber of this.trustees) {
      const before = await chamber.records();
      expect(await chamber.receive(draft)).toEqual({ kind: "refused", reason, leaveOut });
      expect(await chamber.records()).toEqual(before);
    }
    await expect(this.open(draft)).rejects.toMatchObject({ code: "shares_missing" });
  }
}
