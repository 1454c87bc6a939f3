/** The window's colours, as #rrggbb. */

import type { Tone } from "./face.ts";

export const INK = "#16303F";
export const ON_INK = "#A9C4D2";
export const QUIET = "#64757F";
export const GROUND = "#E6ECEF";
export const CARD = "#FFFFFF";
export const FLOW = "#0E7C86";
export const TONE_COLOURS: Readonly<Record<Tone, string>> = {
  plain: QUIET,
  good: "#17804F",
  look: "#B86E00",
  wrong: "#C0302B",
};

/** A button's colour, and the one while it is pressed. */
export interface ButtonColours {
  readonly rest: string;
  readonly pressed: string;
}

export const BUTTONS = {
  pulse: { rest: FLOW, pressed: "#095860" },
  power: { rest: "#B5362E", pressed: "#862620" },
  cable: { rest: "#3F5666", pressed: "#2A3C48" },
  /** One that does nothing. */
  idle: { rest: "#A9B5BC", pressed: "#A9B5BC" },
} as const satisfies Readonly<Record<string, ButtonColours>>;
