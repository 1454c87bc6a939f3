/** What the window is made of: cards with words, and buttons. */

import "piu/MC";
import type { Content as PiuContent, Label as PiuLabel } from "piu/MC";
import { type RegisterFace, type StateFace, TONES } from "./face.ts";
import { BUTTONS, type ButtonColours, CARD, FLOW, INK, QUIET, TONE_COLOURS } from "./palette.ts";

/** Pixels from the container's edges, and sizes. */
export interface Place {
  readonly left?: number;
  readonly top?: number;
  readonly right?: number;
  readonly bottom?: number;
  readonly width?: number;
  readonly height?: number;
}

/** Fonts that the manifest takes from the SDK. */
export const FONTS = {
  regular: "OpenSans-Regular-16",
  strong: "OpenSans-Semibold-16",
  title: "OpenSans-Semibold-18",
  digits: "OpenSans-Semibold-28",
} as const;

type Font = (typeof FONTS)[keyof typeof FONTS];

/** A line of text; its colours are those of its states. */
export function line(place: Place, font: Font, color: string[], horizontal: "left" | "center" | "right"): PiuLabel {
  return new Label(null, { ...place, string: "", style: new Style({ font, color, horizontal, vertical: "middle" }) });
}

/** Piu draws a line anew each time that it is given a text, so it is given new ones only. */
export function write(label: PiuLabel, text: string): void {
  if (label.string !== text) label.string = text;
}

/** A card: name and power above, the register below. */
export class RegisterCard {
  readonly #name = line({ left: 10, top: 3, height: 22, width: 100 }, FONTS.regular, [QUIET], "left");
  readonly #power = line({ right: 10, top: 3, height: 22, width: 100 }, FONTS.strong, [FLOW], "right");
  readonly #energy = line({ left: 0, top: 22, height: 38, right: 49 }, FONTS.digits, [INK], "right");
  readonly #unit = line({ right: 10, top: 33, height: 22, width: 36 }, FONTS.regular, [QUIET], "right");

  at(place: Place): PiuContent {
    const contents = [this.#name, this.#power, this.#energy, this.#unit];
    return new Container(null, { ...place, skin: new Skin({ fill: [CARD] }), contents });
  }

  /** A card without a register is blank. */
  show(register: RegisterFace | undefined): void {
    write(this.#name, register?.name ?? "");
    write(this.#power, register?.power ?? "");
    write(this.#energy, register?.energy ?? "");
    write(this.#unit, register?.energyUnit ?? "");
  }
}

/** A card with a bar and a word in the colour of its tone. */
export class StateCard {
  readonly #bar: PiuContent;
  readonly #name = line({ left: 10, top: 0, height: 20, right: 0 }, FONTS.regular, [QUIET], "left");
  readonly #text: PiuLabel;

  constructor() {
    const colours = TONES.map((tone) => TONE_COLOURS[tone]);
    this.#bar = new Content(null, { left: 0, top: 0, bottom: 0, width: 4, skin: new Skin({ fill: colours }) });
    this.#text = line({ left: 10, top: 18, height: 20, right: 0 }, FONTS.strong, colours, "left");
  }

  at(place: Place): PiuContent {
    const contents = [this.#bar, this.#name, this.#text];
    return new Container(null, { ...place, skin: new Skin({ fill: [CARD] }), contents });
  }

  show({ name, text, tone }: StateFace): void {
    write(this.#name, name);
    write(this.#text, text);
    const state = TONES.indexOf(tone);
    if (this.#bar.state === state) return;
    this.#bar.state = state;
    this.#text.state = state;
  }
}

/** A button with two lines; one that has nothing to do is pale. */
export class Button {
  readonly #lines: PiuLabel[];
  readonly #colours: ButtonColours;
  readonly #press: (() => void) | undefined;

  constructor(colours: ButtonColours, press: (() => void) | undefined) {
    this.#lines = [6, 26].map((top) => line({ left: 0, right: 0, top, height: 22 }, FONTS.strong, [CARD], "center"));
    this.#colours = press === undefined ? BUTTONS.idle : colours;
    this.#press = press;
  }

  at(place: Place): PiuContent {
    const press = this.#press;
    return new Container(null, {
      ...place,
      active: press !== undefined,
      skin: new Skin({ fill: [this.#colours.rest, this.#colours.pressed] }),
      contents: this.#lines,
      Behavior: class extends Behavior {
        onTouchBegan(button: PiuContent): void {
          button.state = 1;
        }
        onTouchCancelled(button: PiuContent): void {
          button.state = 0;
        }
        onTouchEnded(button: PiuContent): void {
          button.state = 0;
          press?.();
        }
      },
    });
  }

  /** @param text two words, one for each line */
  show(text: string): void {
    const words = text.split(" ");
    for (const [i, label] of this.#lines.entries()) write(label, words[i] ?? "");
  }
}
