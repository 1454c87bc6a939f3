/** The truth that only the street knows, and how each word of the provider compares with it. */

import { intervalStart } from "../../core/interval.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import type { Load } from "../loads/load.ts";
import type { OpenedEvent, RefusedEvent } from "../report.ts";
import { formatInstant } from "../time.ts";

/** A line of the provider's stdout about one aggregate. */
export interface ProviderWord {
  readonly type: "opened" | "refused" | "feeder";
  readonly group: string;
  readonly interval: number;
  readonly part: number;
  readonly reason?: string;
  readonly by?: readonly string[];
  readonly leaveOut?: readonly string[];
  readonly trustees?: readonly string[];
  readonly blocks?: readonly string[];
  readonly leftOut: readonly { readonly block: string; readonly meters: readonly string[] }[];
  readonly sumsMilliwattHours?: Readonly<Record<string, number>>;
  readonly feederMilliwattHours?: Readonly<Record<string, number>> | null;
}

/** A group as the street planned it. */
export interface StreetGroup {
  readonly id: string;
  /** The meter of all that flows to its homes; none where they lie behind several feeders. */
  readonly feeder: string | undefined;
  /** Positions of its meters in the load, in the order of seats. */
  readonly meters: readonly number[];
  /** By block id, the positions of its meters. */
  readonly blocks: ReadonlyMap<string, readonly number[]>;
}

/** Energy that flows towards the homes: import less export. */
export function netMilliwattHours(energies: Readonly<Record<string, number>>): number {
  return (energies[OBIS_IMPORT] ?? 0) - (energies[OBIS_EXPORT] ?? 0);
}

/** Compares the provider's words with the load, and keeps the books of what was counted. */
export class Truth {
  readonly #load: Load;
  readonly #channels: readonly string[];
  readonly #groups: ReadonlyMap<string, StreetGroup>;
  readonly #scheme: string;
  /** By group and interval: what all its parts so far sum to, net, and the blocks that were counted or listed as left out. */
  readonly #books = new Map<string, { net: number; readonly counted: Set<string>; readonly listed: Set<string> }>();

  constructor(load: Load, channels: readonly string[], groups: readonly StreetGroup[], scheme: string) {
    this.#load = load;
    this.#channels = channels;
    this.#groups = new Map(groups.map((group) => [group.id, group]));
    this.#scheme = scheme;
  }

  /** Position of an interval index in the run; undefined outside it. */
  position(interval: number): number | undefined {
    const position = interval - this.#load.startUtcMs / this.#load.intervalMs;
    return position >= 0 && position < this.#load.intervals ? position : undefined;
  }

  /** Start of an interval by the street's local clock, RFC 3339. */
  start(interval: number): string {
    return formatInstant(intervalStart(interval, this.#load.intervalMs), this.#load.utcOffsetMinutes);
  }

  /** The event for a word of the provider; undefined for an interval outside the run. */
  judge(word: ProviderWord): OpenedEvent | RefusedEvent | undefined {
    const group = this.#groups.get(word.group);
    const position = this.position(word.interval);
    if (group === undefined || position === undefined) return undefined;
    const book = this.#book(word.group, word.interval);
    for (const { block } of word.leftOut) book.listed.add(block);
    const blocks = word.type === "opened" ? (word.blocks ?? []) : [];
    const contributors = blocks.flatMap((block) => group.blocks.get(block) ?? []);
    const common = {
      group: word.group,
      interval: word.interval,
      start: this.start(word.interval),
      scheme: this.#scheme,
      members: group.meters.length,
      contributors: contributors.length,
      missing: word.leftOut.flatMap(({ meters }) => meters),
      left_out: word.leftOut.map(({ block }) => block),
      part: word.part,
    };
    if (word.type === "refused") {
      const { reason = "unknown", by = [], leaveOut: leave_out = [] } = word;
      // whose blocks the refusal names, is known; the others come again
      for (const block of leave_out) book.listed.add(block);
      return { type: "refused", ...common, reason, by, leave_out };
    }
    const counted = blocks.every((block) => group.blocks.has(block) && !book.counted.has(block));
    for (const block of blocks) book.counted.add(block);
    const sums = word.sumsMilliwattHours ?? {};
    book.net += netMilliwattHours(sums);
    const channels = Object.fromEntries(
      this.#channels.map((obis) => {
        const truth = contributors.reduce((sum, meter) => sum + this.#energy(meter, position, obis), 0);
        return [obis, { sum_mwh: sums[obis] ?? Number.NaN, truth_mwh: truth }];
      }),
    );
    const measured = word.feederMilliwattHours == null ? undefined : netMilliwattHours(word.feederMilliwattHours);
    return {
      type: "opened",
      ...common,
      channels,
      feeder: measured === undefined ? null : { measured_mwh: measured, residual_mwh: measured - book.net },
      exact: counted && Object.values(channels).every(({ sum_mwh, truth_mwh }) => sum_mwh === truth_mwh),
      trustees: word.trustees ?? [],
    };
  }

  /** Homes counted so far, over all groups and intervals; a home of two groups counts in both. */
  homesCounted(): number {
    let homes = 0;
    for (const group of this.#groups.values()) {
      for (const { counted } of this.#booksOf(group)) {
        for (const block of counted) homes += group.blocks.get(block)?.length ?? 0;
      }
    }
    return homes;
  }

  /** As many as there are to count. */
  homesExpected(): number {
    return [...this.#groups.values()].reduce((sum, { meters }) => sum + meters.length, 0) * this.#load.intervals;
  }

  /** Homes times intervals of which nothing was heard: in no sum, and in no block listed as left out. */
  homesLost(): number {
    let homes = 0;
    for (const group of this.#groups.values()) {
      for (const { counted, listed } of this.#booksOf(group)) {
        for (const [block, meters] of group.blocks) {
          if (!counted.has(block) && !listed.has(block)) homes += meters.length;
        }
      }
    }
    return homes;
  }

  #booksOf(group: StreetGroup): readonly { readonly counted: Set<string>; readonly listed: Set<string> }[] {
    const first = this.#load.startUtcMs / this.#load.intervalMs;
    return Array.from({ length: this.#load.intervals }, (_, i) => this.#book(group.id, first + i));
  }

  #book(group: string, interval: number): { net: number; counted: Set<string>; listed: Set<string> } {
    const key = `${group}/${interval}`;
    const book = this.#books.get(key) ?? { net: 0, counted: new Set<string>(), listed: new Set<string>() };
    this.#books.set(key, book);
    return book;
  }

  #energy(meter: number, position: number, obis: string): number {
    return this.#load.energyMilliwattHours(meter, position, obis) ?? 0;
  }
}
