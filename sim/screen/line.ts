/** The lines of a running street: the table's heading, a line per opened sum, and what else happens in between. */

import type { PlannedFault } from "../faults/plan.ts";
import type { AlarmEvent, RefusedEvent, RejectedEvent } from "../report.ts";
import { formatInstant } from "../time.ts";
import { type Column, layOut, type Row } from "./columns.ts";
import type { StreetFacts } from "./facts.ts";
import { clockText, detailFor, exactText } from "./quantities.ts";
import { clipped, MARGIN, paragraph, type Style, type Terminal } from "./terminal.ts";

function tableLine(
  facts: StreetFacts,
  { columns, style }: Terminal,
  cell: (column: Column) => [string, keyof Style],
): string {
  const layout = layOut(facts, columns);
  const cells = layout.columns.map((column) => {
    const [text, role] = cell(column);
    const blanks = " ".repeat(Math.max(0, column.width - text.length));
    return column.align === "left" ? style[role](text) + blanks : blanks + style[role](text);
  });
  return (MARGIN + cells.join(" ".repeat(layout.gap))).trimEnd();
}

/** The titles of the columns. */
export function headingLine(facts: StreetFacts, terminal: Terminal): string {
  return tableLine(facts, terminal, ({ title }) => [title, "dim"]);
}

/** An opened sum; what it should have been stands below where it is wrong. */
export function openedLines(row: Row, facts: StreetFacts, terminal: Terminal): string[] {
  const line = tableLine(facts, terminal, (column) => [column.text(row), column.role(row)]);
  const truths = Object.entries(row.event.channels)
    .filter(([, { sum_mwh, truth_mwh }]) => sum_mwh !== truth_mwh)
    .map(([channel, { sum_mwh, truth_mwh }]) => `${exactText(truth_mwh)} kWh of ${channel}, not ${exactText(sum_mwh)}`);
  if (row.event.exact || truths.length === 0) return [line];
  return [line, ...paragraph(`The homes' registers say ${truths.join("; ")}.`, terminal, "bad")];
}

/** A sum that was not opened. */
export function refusedLine(event: RefusedEvent, facts: StreetFacts, terminal: Terminal): string {
  const time = clock(event.start, facts, false);
  const text = `${event.group} was not opened: ${event.reason}`;
  const next = event.leave_out.length === 0 ? "each block comes alone" : `without ${event.leave_out.join(", ")}`;
  return happening(time, [`${text}, say ${event.by.join(", ")}; ${next}`, text], "bad", terminal);
}

/** A reading refused at its meter. */
export function rejectedLine(event: RejectedEvent, facts: StreetFacts, terminal: Terminal): string {
  const time = clock(event.start, facts, false);
  return happening(time, [`meter ${event.meter} refused its own reading: ${event.code}`], "warn", terminal);
}

/** What each alarm says of a feeder. */
const ALARM_TEXTS = {
  loss: "more flowed than homes and losses account for",
  surplus: "homes report more than flowed",
  baseline: "what was learned as losses is more than losses can be",
} as const;

/** A feeder's alarm that was raised, or cleared. */
export function alarmLine(event: AlarmEvent, facts: StreetFacts, terminal: Terminal): string {
  const time = clock(event.start, facts, false);
  const { feeder, alarm } = event;
  if (event.state === "cleared") return happening(time, [`${feeder}: alarm over (${alarm})`], "good", terminal);
  return happening(time, [`${feeder}: ${ALARM_TEXTS[alarm]}`, `${feeder}: alarm (${alarm})`], "bad", terminal);
}

/** What a fault does, as it begins; its name is left away where it does not fit. */
export function faultLine(fault: PlannedFault, facts: StreetFacts, terminal: Terminal): string {
  const begins = formatInstant(Math.floor(fault.utcMs / 1000) * 1000, facts.utcOffsetMinutes);
  const ends = formatInstant(Math.ceil(fault.endUtcMs / 1000) * 1000, facts.utcOffsetMinutes);
  const text = `~ ${faultText(fault)} until ${clock(ends, facts, true)}`;
  return happening(clock(begins, facts, true), [`${text} (${fault.name})`, text], "dim", terminal);
}

function faultText(fault: PlannedFault): string {
  switch (fault.kind) {
    case "meter_power_cut":
      return `${fault.meter} has no power`;
    case "meter_offline":
      return `${fault.meter} has no uplink`;
    case "meter_replaced":
      return `${fault.meter} is lost, and will be replaced`;
    case "duplicate":
      return `all from ${fault.meter} comes twice`;
    case "reorder":
      return `the next from ${fault.meter} is held back`;
    case "loss":
      return `the next from ${fault.meter} is lost`;
    case "clock_step":
      return `${fault.meter} is ${Math.abs(fault.stepMs) / 1000} s ${fault.stepMs > 0 ? "fast" : "slow"}`;
    case "aggregator_kill":
      return `the aggregator of ${fault.group} is killed`;
    case "trustee_kill":
      return `${fault.trustee} is killed`;
    case "broker_restart":
      return "the broker is down";
  }
}

function clock(time: string, facts: StreetFacts, withSeconds: boolean): string {
  const detail = detailFor(facts.startUtcMs, facts.utcOffsetMinutes, facts.intervals * facts.intervalMs);
  return clockText(time, detail, withSeconds || facts.intervalMs % 60_000 !== 0);
}

/** A line beside the table, with the first of `texts` that fits. */
function happening(time: string, texts: readonly string[], role: keyof Style, { columns, style }: Terminal): string {
  const room = columns - 1 - MARGIN.length - time.length - MARGIN.length;
  const text = texts.find(({ length }) => length <= room) ?? clipped(texts.at(-1) ?? "", room);
  return MARGIN + style.dim(time) + MARGIN + style[role](text);
}
