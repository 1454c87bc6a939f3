/** A meter that lies about its count, or overflows its slot: aggregator and provider find its block by opening single blocks, and only it stays closed. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { pack } from "../../../core/paillier/packing.ts";
import { Workshop } from "../../aggregator/tests/workshop.ts";
import { Town } from "../../service/tests/town.ts";
import { Office } from "./office.ts";

const INTERVAL = 20_000;
const CLOSE_MS = 225_000;
const LIAR = "g0-b1-m1";

/** An aggregator and a provider, and trustees who give their shares for everything. */
class HeadEnd {
  readonly town: Town;
  readonly shop: Workshop;
  readonly office: Office;
  #heard = 0;
  #answered = 0;

  constructor(town: Town) {
    this.town = town;
    this.shop = new Workshop(town);
    this.office = new Office(town);
  }

  async start(): Promise<void> {
    await this.office.start();
    await this.shop.start(this.town.after(INTERVAL - 1, 2 * CLOSE_MS));
    this.#heard = this.shop.published.length;
  }

  async end(): Promise<void> {
    await this.shop.end();
    await this.office.end();
  }

  /** Everyone reports 7 mWh, the liar with `lie` added to its plaintext; then all that is sent is answered until nobody says anything more. */
  async run(interval: number, lie: bigint): Promise<void> {
    const { shop, town, office } = this;
    await shop.clock.stepTo(town.after(interval, 1));
    await shop.report(interval, 7, [LIAR]);
    const packed = pack(town.keyFile.layout, [7, 0]) + lie;
    await shop.send(LIAR, town.message(town.sealed(LIAR, interval, [7, 0], undefined, packed)));
    await shop.clock.stepTo(town.after(interval, CLOSE_MS));
    office.nowMs = shop.clock.nowMs();
    while (this.#heard < shop.published.length) {
      const aggregate = shop.aggregates()[this.#heard];
      await office.receive(shop.published[this.#heard++] ?? new Uint8Array(0));
      for (const id of aggregate === undefined ? [] : town.options.trustees) {
        if (aggregate?.product !== undefined) await office.receiveShare(id, await office.share(id, aggregate));
      }
      const answers = office.answers();
      for (; this.#answered < answers.length; this.#answered++) {
        const { interval: of, part, status, blocks } = answers[this.#answered] as (typeof answers)[number];
        await shop.receipt(of, part, status, blocks);
      }
      await shop.clock.stepTo(shop.clock.nowMs());
    }
  }

  /** What was said about an interval. */
  said(interval: number): readonly Record<string, unknown>[] {
    return this.office.lines.filter(({ interval: of }) => of === interval);
  }
}

let headEnd: HeadEnd;

afterEach(() => headEnd.end());

describe.each([
  ["provider", []],
  ["shared", ["t0", "t1", "t2"]],
])("with custody: %s", (_, trustees) => {
  const town = new Town({ blocksPerGroup: 3, intervalMs: 900_000, trustees });
  const [imported] = town.keyFile.layout.slots;
  const overflow = 1n << BigInt((imported?.offset ?? 0) + (imported?.bits ?? 0) - 1);

  test.each([
    ["a count of 2", "count_wrong", 1n],
    ["a reading that overflows its slot", "guard_bits_set", overflow],
  ])("%s is found in its block, and the others open in this interval and the next", async (_lie, reason, lie) => {
    headEnd = new HeadEnd(town);
    await headEnd.start();
    await headEnd.run(INTERVAL, lie);
    const opened = { type: "opened", contributors: 3, sumsMilliwattHours: { "1-0:1.8.0": 21, "1-0:2.8.0": 0 } };
    expect(headEnd.said(INTERVAL)).toMatchObject([
      { type: "refused", part: 0, reason, by: ["provider"], leaveOut: [] },
      { ...opened, blocks: ["g0-b0"] },
      { type: "refused", part: 2, reason, by: ["provider"], leaveOut: ["g0-b1"] },
      { ...opened, blocks: ["g0-b2"] },
    ]);
    await headEnd.run(INTERVAL + 1, lie);
    expect(headEnd.said(INTERVAL + 1)).toMatchObject([
      { type: "opened", part: 0, blocks: ["g0-b0", "g0-b2"], leftOut: [{ block: "g0-b1", reason: "refused" }] },
      { type: "refused", part: 1, reason, leaveOut: ["g0-b1"] },
    ]);
    // mended, it opens alone once, and comes with the others from then on
    await headEnd.run(INTERVAL + 2, 0n);
    expect(headEnd.said(INTERVAL + 2)).toMatchObject([
      { type: "opened", blocks: ["g0-b0", "g0-b2"] },
      { type: "opened", blocks: ["g0-b1"] },
    ]);
    await headEnd.run(INTERVAL + 3, 0n);
    expect(headEnd.said(INTERVAL + 3)).toMatchObject([{ type: "opened", blocks: ["g0-b0", "g0-b1", "g0-b2"] }]);
  });
});
