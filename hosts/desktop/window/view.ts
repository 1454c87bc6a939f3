/** The window on a screen of 240 by 320, that of the simulator's first device: a header, two registers, four states and three buttons. */

import "piu/MC";
import type { Content as PiuContent } from "piu/MC";
import type { Face } from "./face.ts";
import { BUTTONS, CARD, GROUND, INK, ON_INK } from "./palette.ts";
import { Button, FONTS, line, type Place, RegisterCard, StateCard, write } from "./widgets.ts";

/** What the buttons do. */
export interface Hands {
  /** None where every counter follows a file. */
  readonly pulse: (() => void) | undefined;
  readonly cutPower: () => void;
  readonly turnCable: () => void;
}

const LOOK_MS = 500;
const EDGE = 6;
const GAP = 4;
const HEADER: Place = { left: 0, right: 0, top: 0, height: 32 };
/** Where each kind of card begins, and its size. */
const REGISTERS = { top: 38, height: 62, most: 2 } as const;
const STATES = { top: 172, height: 39, width: 112, inARow: 2 } as const;
const PRESSES = { top: 261, height: 54, width: 74, gap: 3 } as const;
/** Bytes for what is drawn at once; Piu's own 1,024 are too few for a whole screen of text. */
const DISPLAY_LIST_BYTES = 8192;

/** Builds the window, and asks for its face twice a second. */
export function openWindow(face: () => Face, hands: Hands): void {
  const first = face();
  const title = line({ left: 10, top: 0, height: 32, right: 60 }, FONTS.title, [CARD], "left");
  const version = line({ right: 10, top: 0, height: 32, width: 60 }, FONTS.regular, [ON_INK], "right");
  const registers = Array.from({ length: REGISTERS.most }, () => new RegisterCard());
  const states = first.states.map(() => new StateCard());
  const pulse = new Button(BUTTONS.pulse, hands.pulse);
  const power = new Button(BUTTONS.power, hands.cutPower);
  const cable = new Button(BUTTONS.cable, hands.turnCable);
  const show = (shown: Face): void => {
    write(title, shown.title);
    write(version, shown.version);
    for (const [i, card] of registers.entries()) card.show(shown.registers[i]);
    for (const [i, state] of shown.states.entries()) states[i]?.show(state);
    cable.show(shown.cable);
  };
  pulse.show("Add pulse");
  power.show("Cut power");
  show(first);
  const contents = [
    new Container(null, { ...HEADER, skin: new Skin({ fill: [INK] }), contents: [title, version] }),
    ...registers.map((card, i) => card.at(registerPlace(i))),
    ...states.map((card, i) => card.at(statePlace(i))),
    ...[pulse, power, cable].map((button, i) => button.at(buttonPlace(i))),
  ];
  new Application(null, {
    skin: new Skin({ fill: [GROUND] }),
    contents,
    displayListLength: DISPLAY_LIST_BYTES,
    touchCount: 1,
    Behavior: lookingAt(() => show(face())),
  });
}

function registerPlace(index: number): Place {
  const { top, height } = REGISTERS;
  return { left: EDGE, right: EDGE, top: top + index * (height + GAP), height };
}

function statePlace(index: number): Place {
  const { top, height, width, inARow } = STATES;
  const row = Math.floor(index / inARow);
  return { left: EDGE + (index % inARow) * (width + GAP), width, top: top + row * (height + GAP), height };
}

function buttonPlace(index: number): Place {
  const { top, height, width, gap } = PRESSES;
  return { left: EDGE + index * (width + gap), width, top, height };
}

function lookingAt(look: () => void): new () => object {
  return class extends Behavior {
    onDisplaying(application: PiuContent): void {
      application.interval = LOOK_MS;
      application.start();
    }
    onTimeChanged(): void {
      look();
    }
  };
}
