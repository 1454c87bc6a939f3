/** What is looked at all the time: the watchdog is fed, the light shows how the board is, and the button may be held. */

import type { Clock, Scheduler } from "../../firmware/host.ts";
import { Flashing } from "./flashing.ts";
import { Hold } from "./hold.ts";
import { type BoardState, lightCode } from "./light-code.ts";
import type { Machine } from "./machine.ts";
import { board } from "./native.ts";

const LOOK_MS = 100;

/** What the app tells, and is told. */
export interface WatchEnds {
  readonly safe: boolean;
  state(): Omit<BoardState, "held" | "safe">;
  /** The button was held for long enough. */
  onHeld(): void;
}

/** One board. */
export class Watch {
  constructor(
    scheduler: Pick<Scheduler, "after">,
    clock: Pick<Clock, "monotonicMs">,
    machine: Pick<Machine, "lamp" | "button">,
    ends: WatchEnds,
  ) {
    const flashing = new Flashing(machine.lamp, scheduler);
    const hold = new Hold();
    const look = (): void => {
      // fed from a turn of the engine: a board whose turns have ended starts again
      board.feed();
      const button = hold.look(machine.button(), clock.monotonicMs());
      flashing.show(lightCode({ ...ends.state(), held: button !== "released", safe: ends.safe }));
      if (button === "held") ends.onHeld();
      scheduler.after(LOOK_MS, look);
    };
    look();
  }
}
