/** The theft bench's figures, and its table as Markdown. */

import type { Row } from "./experiment.ts";

/** What is said of a row. */
export interface Figures {
  readonly theft: string;
  readonly leavingOut: string;
  readonly feeders: number;
  /** Alarms raised on each feeder in a year of watching. */
  readonly lossAlarmsPerYear: number;
  readonly surplusAlarmsPerYear: number;
  /** Part of the thefts noticed within a day, and within all days that were watched. */
  readonly noticedInADay: number;
  readonly noticed: number;
  /** Median time to the alarm of those noticed, in hours; none when none was. */
  readonly medianHours: number | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

/** The figures of a row. */
export function figuresOf({ theft, leavingOut, outcomes }: Row, intervalMs: number): Figures {
  const total = (pick: (outcome: (typeof outcomes)[number]) => number): number =>
    outcomes.reduce((sum, outcome) => sum + pick(outcome), 0);
  const years = (total(({ judged }) => judged) * intervalMs) / YEAR_MS;
  const hours = outcomes
    .flatMap(({ noticedAfter }) => (noticedAfter === undefined ? [] : [(noticedAfter * intervalMs) / HOUR_MS]))
    .sort((a, b) => a - b);
  return {
    theft: theft?.name ?? "none",
    leavingOut: leavingOut.name,
    feeders: outcomes.length,
    lossAlarmsPerYear: total(({ losses }) => losses) / years,
    surplusAlarmsPerYear: total(({ surpluses }) => surpluses) / years,
    noticedInADay: hours.filter((hour) => hour <= 24).length / outcomes.length,
    noticed: hours.length / outcomes.length,
    medianHours: hours[Math.ceil(hours.length / 2) - 1],
  };
}

/** A row a theft, a column a way of leaving out; the first rows are the false alarms. */
export function theftTable(figures: readonly Figures[]): string {
  const columns = [...new Set(figures.map(({ leavingOut }) => leavingOut))];
  const thefts = [...new Set(figures.map(({ theft }) => theft))].filter((theft) => theft !== "none");
  const at = (theft: string, column: string): Figures | undefined =>
    figures.find((one) => one.theft === theft && one.leavingOut === column);
  const row = (title: string, cell: (column: string) => string): string =>
    `| ${[title, ...columns.map(cell)].join(" | ")} |`;
  return [
    row("theft by one home", (column) => column),
    `|${"---|".repeat(columns.length + 1)}`,
    row("none: false alarms a feeder and year, loss", (column) => perYear(at("none", column)?.lossAlarmsPerYear)),
    row("none: false alarms a feeder and year, surplus", (column) => perYear(at("none", column)?.surplusAlarmsPerYear)),
    ...thefts.map((theft) => row(theft, (column) => noticed(at(theft, column)))),
  ].join("\n");
}

function perYear(rate: number | undefined): string {
  return rate === undefined ? "" : rate.toFixed(1);
}

function noticed(figures: Figures | undefined): string {
  if (figures === undefined) return "";
  const { noticedInADay, noticed: inAll, medianHours } = figures;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const median = medianHours === undefined ? "-" : `${Number(medianHours.toPrecision(3))} h`;
  return `${percent(noticedInADay)}, ${percent(inAll)}, ${median}`;
}
