/** The live screen of a street: takes its events in their order, and answers with the lines to print. */

import type { PlannedFault } from "../faults/plan.ts";
import type { OpenedEvent, StreetEvent } from "../report.ts";
import type { StreetFacts } from "./facts.ts";
import { alarmLine, faultLine, headingLine, openedLines, refusedLine, rejectedLine } from "./line.ts";
import { paragraph, type Terminal } from "./terminal.ts";
import { headerLines, verdictLines } from "./verdict.ts";

/** Said once, above the first line that needs it. */
const EXPLANATIONS = {
  leftOut:
    "A block counts whole or not at all: where one home is missing, its block waits, and the sum goes without it.",
  late: "With a +: blocks that became whole later, opened as a sum of their own.",
  alarm:
    "An alarm: what flowed through the feeder and what its homes account for lie further apart than losses explain.",
  rejected: "A reading that no home can have is refused at its meter; it never reaches a sum.",
} as const;

/** Remembers each group's sums for the sparkline, and what it has counted and explained. */
export class Screen {
  readonly #facts: StreetFacts;
  readonly #terminal: Terminal;
  readonly #sums = new Map<string, Map<number, number>>();
  readonly #explained = new Set<keyof typeof EXPLANATIONS>();
  #inexact = 0;
  #rejected = 0;

  constructor(facts: StreetFacts, terminal: Terminal) {
    this.#facts = facts;
    this.#terminal = terminal;
  }

  /** What the street is, and the heading of its table. */
  begin(): string[] {
    return [...headerLines(this.#facts, this.#terminal), headingLine(this.#facts, this.#terminal)];
  }

  /** A fault that begins. */
  fault(fault: PlannedFault): string[] {
    return [faultLine(fault, this.#facts, this.#terminal)];
  }

  /** One event; `lost` goes into the verdict: readings sealed that are in no sum and in no block left out. */
  event(event: StreetEvent, lost = 0): string[] {
    switch (event.type) {
      case "opened":
        return this.#opened(event);
      case "refused":
        return [refusedLine(event, this.#facts, this.#terminal)];
      case "rejected":
        this.#rejected++;
        return [...this.#explain("rejected"), rejectedLine(event, this.#facts, this.#terminal)];
      case "alarm":
        return [...this.#explain("alarm"), alarmLine(event, this.#facts, this.#terminal)];
      case "summary": {
        const tally = { inexact: this.#inexact, rejected: this.#rejected, lost };
        return verdictLines(event, tally, this.#terminal);
      }
    }
  }

  #opened(event: OpenedEvent): string[] {
    if (!event.exact) this.#inexact++;
    const sums = this.#sums.get(event.group) ?? new Map<number, number>();
    this.#sums.set(event.group, sums);
    const [first] = this.#facts.channels;
    const sum = (first === undefined ? undefined : event.channels[first]?.sum_mwh) ?? 0;
    const interval = event.interval - Math.floor(this.#facts.startUtcMs / this.#facts.intervalMs);
    sums.set(interval, (sums.get(interval) ?? 0) + sum);

    const explanation =
      event.part > 0 ? this.#explain("late") : event.left_out.length > 0 ? this.#explain("leftOut") : [];
    return [...explanation, ...openedLines({ event, sums }, this.#facts, this.#terminal)];
  }

  #explain(what: keyof typeof EXPLANATIONS): string[] {
    if (this.#explained.has(what)) return [];
    this.#explained.add(what);
    return paragraph(EXPLANATIONS[what], this.#terminal, "dim");
  }
}
