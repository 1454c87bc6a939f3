/** The suite on a machine whose rig sits at the other end of a console: its questions and the answers are lines of the verb `rig`. */

import { OBIS_IMPORT } from "../../../core/names.ts";
import { createPulseFilter } from "../../../firmware/pulse-filter.ts";
import { MessageLines } from "../../moddable/message-lines.ts";
import type { AddedSamples } from "../../moddable/samples.ts";
import { WIRE_LEAST_MICROS, type World } from "./world.ts";
import { askOver, worldOver } from "./world-by-wire.ts";

/** The part of the world that the machine itself does, in the terms of the classes that it ships. */
export type OwnWorld = Pick<World, "wire" | "convert" | "setClock" | "setSeeded">;

/** The machine's end of the lines. */
export class RigLines {
  readonly #lines: MessageLines;
  #receive = (_answer: Uint8Array): void => {};

  constructor(say: (line: string) => void) {
    this.#lines = new MessageLines("rig", say, (answer) => this.#receive(answer));
  }

  /** Takes the words behind `rig`. @throws ChoirError input_invalid. */
  obey(words: readonly string[]): void {
    this.#lines.obey(words);
  }

  /** The world, asked for over the lines but for what the machine does itself. */
  world(own: OwnWorld): World {
    const ask = askOver({
      send: (question) => this.#lines.send(question),
      onAnswer: (receive) => {
        this.#receive = receive;
      },
    });
    return { ...worldOver(ask), ...own };
  }
}

/** The wire for a counter that is moved by hand: levels go through the filter that boards have. */
export function wireByHand(add: (obis: string, pulses: number) => void): OwnWorld["wire"] {
  const filter = createPulseFilter({ minHighMicros: WIRE_LEAST_MICROS, minLowMicros: WIRE_LEAST_MICROS });
  return async (edges) => {
    for (const edge of edges) add(OBIS_IMPORT, filter.edge(edge));
  };
}

/** The converter of a machine that has none, or none that the rig could move: counts go to the C that boards reduce them with. */
export function convertTo(samples: AddedSamples): OwnWorld["convert"] {
  let convertedMicros = 0;
  return async (counts, lostMicros, lengthMicros) => {
    const fromMicros = convertedMicros + lostMicros;
    convertedMicros = fromMicros + lengthMicros;
    // its own buffer: counts may be a view of a longer one
    samples.add(counts.slice().buffer, fromMicros, convertedMicros);
  };
}
