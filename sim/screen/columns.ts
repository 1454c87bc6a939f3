/** The columns of a street's table: which of them a terminal of a given width has, and what stands in each. */

import { OBIS_EXPORT } from "../../core/names.ts";
import type { OpenedEvent } from "../report.ts";
import type { StreetFacts } from "./facts.ts";
import { clockText, detailFor, differenceText, energyText, unitFor } from "./quantities.ts";
import { sparkline } from "./sparkline.ts";
import { clipped, MARGIN, type Style } from "./terminal.ts";

/** An opened sum, and its group's sums so far by interval of the run (from 0), parts added up, this one included. */
export interface Row {
  readonly event: OpenedEvent;
  readonly sums: ReadonlyMap<number, number>;
}

/** A column: a cell's text is padded to `width`, then coloured by its role. */
export interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: "left" | "right";
  text(row: Row): string;
  role(row: Row): keyof Style;
}

/** The columns of a table and the space between two of them. */
export interface Layout {
  readonly columns: readonly Column[];
  readonly gap: number;
}

const ENERGY_WIDTH = 8;
const LONGEST_GROUP = { wide: 16, compact: 10 } as const;
const LONGEST_SPARK = 24;
const GOOD_SPARK = 12;
const SHORTEST_NOTE = 16;

function clock(facts: StreetFacts): Column {
  const detail = detailFor(facts.startUtcMs, facts.utcOffsetMinutes, facts.intervals * facts.intervalMs);
  const withSeconds = facts.intervalMs % 60_000 !== 0;
  return {
    title: "start",
    width: { time: 5, weekday: 9, date: 12 }[detail] + (withSeconds ? 3 : 0),
    align: "left",
    text: ({ event }) => clockText(event.start, detail, withSeconds),
    role: ({ event }) => (event.part === 0 ? "accent" : "dim"),
  };
}

function group({ groups }: StreetFacts, isWide: boolean): Column {
  const longest = LONGEST_GROUP[isWide ? "wide" : "compact"];
  const width = Math.min(longest, Math.max(5, ...groups.map(({ id }) => id.length)));
  return {
    title: "group",
    width,
    align: "left",
    text: ({ event }) => clipped(event.group, width),
    role: () => "plain",
  };
}

function homes({ groups }: StreetFacts): Column {
  const digits = Math.max(...groups.map(({ members }) => String(members).length));
  return {
    title: "homes",
    width: Math.max(5, 2 + 2 * digits),
    align: "right",
    // The homes of a later part come on top of those summed before.
    text: ({ event }) => `${event.part === 0 ? "" : "+"}${event.contributors}/${event.members}`,
    role: ({ event }) => (event.part > 0 || event.contributors === event.members ? "plain" : "warn"),
  };
}

/** A count that is best when there is nothing to count. */
function shortfall(title: string, of: (event: OpenedEvent) => readonly string[]): Column {
  return {
    title,
    width: title.length,
    align: "right",
    text: ({ event }) => (of(event).length === 0 ? "·" : String(of(event).length)),
    role: ({ event }) => (of(event).length === 0 ? "dim" : "warn"),
  };
}

function sum(facts: StreetFacts, channel: string, isFirst: boolean): Column {
  const unit = unitFor(facts.intervalMs);
  const title = isFirst ? `sum ${unit}` : channel === OBIS_EXPORT ? "export" : channel.replace("1-0:", "");
  return {
    title,
    width: ENERGY_WIDTH,
    align: "right",
    text: ({ event }) => energyText(event.channels[channel]?.sum_mwh ?? 0, unit),
    role: () => (isFirst ? "strong" : "plain"),
  };
}

function feeder(facts: StreetFacts): Column[] {
  const unit = unitFor(facts.intervalMs);
  return [
    {
      title: "feeder",
      width: ENERGY_WIDTH,
      align: "right",
      text: ({ event }) => (event.feeder === null ? "–" : energyText(event.feeder.measured_mwh, unit)),
      role: () => "plain",
    },
    {
      title: "residual",
      width: ENERGY_WIDTH,
      align: "right",
      text: ({ event }) => (event.feeder === null ? "–" : differenceText(event.feeder.residual_mwh, unit)),
      // What a block left out has used is no loss.
      role: ({ event }) => ((event.feeder?.residual_mwh ?? 0) === 0 || event.left_out.length > 0 ? "dim" : "warn"),
    },
  ];
}

function mark(isWide: boolean): Column {
  return {
    title: "",
    width: isWide ? "✗ differs".length : 1,
    align: "left",
    text: ({ event: { exact } }) => (exact ? (isWide ? "✓ exact" : "✓") : isWide ? "✗ differs" : "✗"),
    role: ({ event }) => (event.exact ? "good" : "bad"),
  };
}

/** The sums so far as bars, with a point for each interval to come; the last of them where there are more than fit. */
function soFar(width: number, firstInterval: number, intervals: number): Column {
  const text = ({ event, sums }: Row): string => {
    const reached = Math.max(event.interval - firstInterval, ...sums.keys());
    const from = Math.max(0, reached + 1 - width);
    const bars = sparkline(Array.from({ length: reached + 1 - from }, (_, i) => sums.get(from + i)));
    return bars + "·".repeat(Math.max(0, Math.min(width - bars.length, intervals - 1 - reached)));
  };
  return { title: width < 6 ? "" : "so far", width, align: "left", text, role: () => "accent" };
}

function progress(firstInterval: number, intervals: number): Column {
  return {
    title: "",
    width: 1 + 2 * String(intervals).length,
    align: "right",
    text: ({ event }) => `${event.interval - firstInterval + 1}/${intervals}`,
    role: () => "dim",
  };
}

function note(width: number): Column {
  const text = ({ event }: Row): string => {
    const part = event.part === 0 ? [] : [`part ${event.part}: late`];
    const missing = event.missing.length === 0 ? [] : [`missing ${event.missing.join(", ")}`];
    return clipped([...part, ...missing].join("; "), width);
  };
  return { title: "", width, align: "left", text, role: () => "dim" };
}

function arranged(facts: StreetFacts, columns: number, isWide: boolean): Layout & { readonly sparkWidth: number } {
  const gap = isWide ? 2 : 1;
  const firstInterval = Math.floor(facts.startUtcMs / facts.intervalMs);
  const [firstChannel, ...others] = facts.channels;
  const sums = firstChannel === undefined ? [] : [sum(facts, firstChannel, true)];
  const before = [
    clock(facts),
    group(facts, isWide),
    homes(facts),
    shortfall(isWide ? "missing" : "miss", ({ missing }) => missing),
    shortfall(isWide ? "left out" : "out", ({ left_out }) => left_out),
  ];
  const after = [...feeder(facts), mark(isWide)];
  const counter = progress(firstInterval, facts.intervals);

  // The last column of a terminal is left free: some wrap when it is written.
  const room = columns - 1 - MARGIN.length;
  let left = [...before, ...sums, ...after].reduce((width, column) => width - column.width - gap, room);
  const hasCounter = left >= counter.width;
  if (hasCounter) left -= counter.width + gap;
  const sparkWidth = Math.max(0, Math.min(facts.intervals, LONGEST_SPARK, left));
  left -= sparkWidth;
  for (const channel of others) {
    if (left < ENERGY_WIDTH + gap) break;
    left -= ENERGY_WIDTH + gap;
    sums.push(sum(facts, channel, false));
  }
  const bars = soFar(sparkWidth, firstInterval, facts.intervals);
  const notes = left - gap >= SHORTEST_NOTE ? [note(left - gap)] : [];
  const tail = [...(sparkWidth > 0 ? [bars] : []), ...(hasCounter ? [counter] : []), ...notes];
  return { columns: [...before, ...sums, ...after, ...tail], gap, sparkWidth };
}

/**
 * The table on a terminal of `columns` (80 or more): whole words where they leave room for bars, else the compact form,
 * in which notes, further channels, bars and the counter give way in this order.
 */
export function layOut(facts: StreetFacts, columns: number): Layout {
  const wide = arranged(facts, columns, true);
  return wide.sparkWidth >= Math.min(facts.intervals, GOOD_SPARK) ? wide : arranged(facts, columns, false);
}
