/** The first and the last words of a street: what it is, and whether it proved its point. */

import { type SummaryEvent, succeeded, type Tally } from "../report.ts";
import { formatInstant } from "../time.ts";
import { PRODUCT_K_MIN, type StreetFacts } from "./facts.ts";
import { counted, dateText, lengthText } from "./quantities.ts";
import { MARGIN, paragraph, type Terminal, wrapped } from "./terminal.ts";

const LABEL_WIDTH = 9;

const HOW_IT_WORKS =
  "Meters encrypt; an aggregator adds up what it cannot read; the provider opens the sum, and only the sum.";
const WHO_CHECKS = "Trustees check what is in it before they give their shares.";

function custodyText({ trustees, threshold }: StreetFacts): string {
  if (trustees.length === 0) return "custody: provider, who holds the whole key, and with an aggregator reads homes";
  return `custody: shared, nobody holds it; ${threshold} of ${trustees.length + 1} open together: provider, ${trustees.join(", ")}`;
}

/** What this street is: one fact a line. */
export function headerLines(facts: StreetFacts, terminal: Terminal): string[] {
  const { columns, style } = terminal;
  const { homes, blocks, feeders } = facts;
  const demonstration = facts.kMin < PRODUCT_K_MIN ? ` (a demonstration: the product's is ${PRODUCT_K_MIN})` : "";
  const start = dateText(formatInstant(facts.startUtcMs, facts.utcOffsetMinutes));
  const entries: readonly (readonly [label: string, text: string])[] = [
    [
      "street",
      `${counted(homes, "home")}, ${counted(facts.groups.length, "group")}, ${counted(blocks, "block")}, ${counted(feeders, "feeder")}`,
    ],
    ["k_min", `no sum of fewer than ${facts.kMin} homes${demonstration}`],
    ["meters", `Choir's firmware on ${facts.engine} (host ${facts.host})`],
    ["key", `${facts.scheme}, ${facts.keyBits} bits; ${custodyText(facts)}`],
    ["broker", facts.broker],
    ["load", `${facts.load}, seed ${facts.seed}`],
    ["time", `${counted(facts.intervals, "interval")} of ${lengthText(facts.intervalMs)} from ${start}`],
    ["faults", facts.faults],
  ];
  const room = columns - 1 - MARGIN.length - LABEL_WIDTH;
  const lines = entries.flatMap(([label, text]) =>
    wrapped(text, room).map((line, i) => MARGIN + style.dim((i === 0 ? label : "").padEnd(LABEL_WIDTH)) + line),
  );
  const motto = `${MARGIN}${style.strong("Choir")}  ${style.dim("The utility hears the choir, never a voice.")}`;
  const how = wrapped(
    facts.trustees.length === 0 ? HOW_IT_WORKS : `${HOW_IT_WORKS} ${WHO_CHECKS}`,
    columns - 1 - MARGIN.length,
  ).map((line) => MARGIN + style.dim(line));
  return ["", motto, "", ...lines, "", ...how, ""];
}

/** 100 only when nothing at all is missing. */
function coverageText(coverage: number): string {
  if (coverage === 1) return "Every home was counted in every interval: coverage 100 %.";
  return `Coverage ${Math.floor(coverage * 10_000) / 100} %: homes counted, over homes times intervals.`;
}

function faultsFound(summary: SummaryEvent, { inexact, lost }: Tally): string {
  const wrong = inexact === 0 && summary.exact ? [] : [`${counted(Math.max(1, inexact), "opened sum")} not exact`];
  const gone = lost === 0 ? [] : [`${counted(lost, "reading")} lost`];
  return [...wrong, ...gone].join(", ");
}

/** The one verdict, and the figures behind it. */
export function verdictLines(summary: SummaryEvent, tally: Tally, terminal: Terminal): string[] {
  const { style } = terminal;
  const { opened, refused, intervals, meters } = summary;
  const verdict = succeeded(summary, tally)
    ? summary.opened === 0
      ? style.warn("No sum could be opened: no block was whole. No reading was lost.")
      : style.good("✓ Every opened sum is exact, and no reading was lost.")
    : style.bad(`✗ This run did not hold: ${faultsFound(summary, tally)}.`);
  const figures = [
    `${counted(opened, "sum")} opened in ${counted(intervals, "interval")}, ${refused} refused; ` +
      "each compared, to the mWh, with registers that only the street can see.",
    coverageText(summary.coverage),
    ...(tally.rejected === 0 ? [] : [`${counted(tally.rejected, "reading")} refused at the meter.`]),
    `${counted(meters, "meter")} on ${summary.engine} (host ${summary.host}), ${summary.seconds.toFixed(1)} s.`,
  ];
  return ["", MARGIN + verdict, "", ...figures.flatMap((text) => paragraph(text, terminal)), ""];
}
