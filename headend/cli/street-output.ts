/** What a street prints: a live screen, or JSON lines for programs; notices go to stderr either way. */

import type { PlannedFault } from "../../sim/faults/plan.ts";
import type { StreetEvent } from "../../sim/report.ts";
import { Screen } from "../../sim/screen/screen.ts";
import { columnsOf, styleFor } from "../../sim/screen/terminal.ts";
import { THRESHOLD, trusteesOf } from "../../sim/street/ceremony.ts";
import { hostOf } from "../../sim/street/meter-factory.ts";
import type { StreetOptions } from "../../sim/street/options.ts";
import type { StreetListener } from "../../sim/street/street.ts";
import type { StreetGroup } from "../../sim/street/truth.ts";

function notice(text: string): void {
  process.stderr.write(`choir: ${text}\n`);
}

/** One JSON object a line on stdout. */
export class JsonOutput implements StreetListener {
  begin(): void {}

  event(event: StreetEvent): void {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  }

  fault(fault: PlannedFault): void {
    notice(`fault ${JSON.stringify(fault)}`);
  }

  warn(text: string): void {
    notice(text);
  }
}

/** Lines for a person, as the run goes on. */
export class ScreenOutput implements StreetListener {
  readonly #options: StreetOptions;
  readonly #load: string;
  #screen: Screen | undefined;

  constructor(options: StreetOptions, load: string) {
    this.#options = options;
    this.#load = load;
  }

  begin(groups: readonly StreetGroup[], broker: string): void {
    const { load, kMin, keyBits, engine, seed, faults, channels } = this.#options;
    const { startUtcMs, utcOffsetMinutes, intervalMs, intervals } = load;
    const blocks = new Map(groups.flatMap((group) => [...group.blocks]));
    const facts = {
      homes: load.meters.length,
      blocks: blocks.size,
      feeders: groups.filter(({ feeder }) => feeder !== undefined).length,
      trustees: trusteesOf(this.#options),
      threshold: THRESHOLD,
      groups: groups.map(({ id, meters, blocks }) => ({ id, members: meters.length, blocks: blocks.size })),
      scheme: "Paillier",
      host: hostOf(this.#options),
      load: this.#load,
      ...{ kMin, keyBits, engine, broker, seed, faults, channels, startUtcMs, utcOffsetMinutes, intervalMs, intervals },
    };
    const terminal = { columns: columnsOf(process.stdout), style: styleFor(process.stdout, process.env) };
    this.#screen = new Screen(facts, terminal);
    this.#print(this.#screen.begin());
  }

  event(event: StreetEvent, lost = 0): void {
    this.#print(this.#screen?.event(event, lost) ?? []);
  }

  fault(fault: PlannedFault): void {
    this.#print(this.#screen?.fault(fault) ?? []);
  }

  warn(text: string): void {
    notice(text);
  }

  #print(lines: readonly string[]): void {
    for (const line of lines) process.stdout.write(`${line}\n`);
  }
}
