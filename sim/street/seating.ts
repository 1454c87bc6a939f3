/** Who sits where in a street, and how a lost meter is replaced: a new roll in the hands of all processes and meters before its first interval. */

import { intervalAt } from "../../core/interval.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { topics } from "../../core/wire/topics.ts";
import type { Plan } from "../../headend/authority/new-roll.ts";
import { filesToPublish, publishFiles } from "../../headend/authority/publish-files.ts";
import { makeRoll } from "./ceremony.ts";
import type { StreetOptions } from "./options.ts";
import { homeWires, type StreetParty, settingsFor } from "./setting-up.ts";
import type { StreetTime } from "./virtual-time.ts";
import type { Wire, WireRun } from "./wire.ts";

/** What a replacement takes of its street. */
export interface SeatingParts {
  readonly options: StreetOptions;
  readonly run: WireRun;
  /** The roll that the street began with. */
  readonly plan: Plan;
  readonly time: Pick<StreetTime, "nowMs">;
  readonly brokerUrl: string;
  readonly isTaken: (id: string) => boolean;
  readonly build: (id: string, wires: ReadonlyMap<string, Wire>) => StreetParty;
  /** Has the processes of the head end take up the new roll. */
  readonly reload: () => Promise<void>;
  /** Told of each message to a meter, once the broker has it. */
  readonly sent: (topic: string, payload: Uint8Array) => void;
}

/** Of the 32 characters of an id, what a hyphen and a number leave. */
const MOST_STEM = 28;

/** The seats of the homes, in the order of the load. */
export class Seating {
  readonly #parts: SeatingParts;
  readonly #meters: string[];
  #plan: Plan;

  constructor(parts: SeatingParts) {
    this.#parts = parts;
    this.#meters = [...parts.options.load.meters];
    this.#plan = parts.plan;
  }

  /** Who sits there now. */
  meterAt(position: number): string {
    return this.#meters[position] ?? "";
  }

  /**
   * Gives a home's seat to a new meter from the next interval on; nothing happens in the run's last.
   * @param home id of the first that sat there
   * @returns the new meter's id
   */
  async replace(home: string): Promise<string | undefined> {
    const { options, run, time, isTaken, build } = this.#parts;
    const { load, channels } = options;
    const { intervalMs, startUtcMs, intervals } = load;
    const firstInterval = intervalAt(time.nowMs(), intervalMs) + 1;
    if (firstInterval >= startUtcMs / intervalMs + intervals) return undefined;
    const position = load.meters.indexOf(home);
    const lost = this.meterAt(position);
    const id = successorOf(home, isTaken);
    this.#meters[position] = id;
    const meter = build(id, homeWires(load, position, channels, run));
    const occupant = { meter: id, key: await meter.enrol() };
    const blocks = this.#plan.blocks.map(({ block, seats }) => ({
      block,
      seats: seats.map((seat) => (seat.occupant?.meter === lost ? { ...seat, occupant } : seat)),
    }));
    this.#plan = { ...this.#plan, blocks, firstInterval };
    await this.#handOut(lost);
    await meter.start(settingsFor(options, run)(id, "home"));
    return id;
  }

  /** As an operator would: signed and countersigned, to the head end, and to all meters. */
  async #handOut(lost: string): Promise<void> {
    const { options, brokerUrl, reload, sent } = this.#parts;
    await makeRoll(options, this.#plan, brokerUrl);
    await reload();
    const leastBits = Math.min(options.keyBits, MODULUS_BITS.least);
    const published = filesToPublish(options.folder, [lost], leastBits, true);
    await publishFiles(published, brokerUrl);
    for (const meter of published.meters) sent(topics.config(meter), published.message);
  }
}

/** The id of the next meter in a seat: the first one's with a number. */
function successorOf(home: string, isTaken: (id: string) => boolean): string {
  const stem = home.slice(0, MOST_STEM);
  for (let n = 2; ; n++) if (!isTaken(`${stem}-${n}`)) return `${stem}-${n}`;
}
