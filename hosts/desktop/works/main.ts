/** An app in the simulator that times works of its own engine, for the benches (sim/benches/engines/moddable-engine.ts): no meter, no broker. */

import { ChoirError } from "../../../core/errors.ts";
import { Control } from "../control.ts";
import { readMachine } from "../machine.ts";
import { system } from "../native.ts";
import { makeWorks } from "./works.ts";

/** `material BITS` is answered `ready`; `run WORK TIMES` by `took NANOSECONDS`, work being its place in WORK_NAMES. */
class App {
  readonly #control: Control;
  #works: readonly (() => unknown)[] = [];

  constructor(port: number) {
    this.#control = new Control(port, {
      line: (line) => this.#obey(line.split(" ")),
      tooLong: () => {},
    });
    this.#control.say("works");
  }

  #obey([verb, first, second]: readonly string[]): void {
    if (verb === "material") {
      this.#works = makeWorks(Number(first));
      this.#control.say("ready");
    } else if (verb === "run") {
      const work = this.#works[Number(first)];
      if (work === undefined) throw new ChoirError("input_invalid", "work", "one that was made", "none");
      const startMs = system.monotonicMs();
      for (let i = Number(second); i > 0; i--) work();
      this.#control.say(`took ${Math.round((system.monotonicMs() - startMs) * 1e6)}`);
    }
  }
}

system.ignoreBrokenPipes();
const { control } = readMachine();
if (control !== undefined) new App(control);
