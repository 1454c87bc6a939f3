/** What the status light says, as rows of flashes (docs/HARDWARE.md, Status light). */

/** States of the board that the light tells apart, the most pressing first. */
export const LIGHT_CODES = [
  "held",
  "safe",
  "unprovisioned",
  "counting",
  "offline",
  "no-time",
  "no-broker",
  "well",
] as const;
export type LightCode = (typeof LIGHT_CODES)[number];

/** A row of flashes, again and again. */
export interface Flashes {
  /** Lengths in ms, light and dark in turn, light first. */
  readonly row: readonly number[];
  /** Red, green and blue, 0 to 255 each, for a light that has colours. */
  readonly colour: readonly [number, number, number];
}

/** What the light is chosen by. */
export interface BoardState {
  /** The button is down. */
  readonly held: boolean;
  readonly safe: boolean;
  readonly provisioned: boolean;
  /** The meter reports: key file and roll know it. */
  readonly enrolled: boolean;
  readonly online: boolean;
  readonly timeSet: boolean;
  readonly linked: boolean;
}

const FLASH_MS = 150;
const BETWEEN_MS = 250;
const PAUSE_MS = 1_500;
const RED = [255, 0, 0] as const;
const AMBER = [255, 120, 0] as const;
const BLUE = [0, 0, 255] as const;
const GREEN = [0, 255, 0] as const;

/** The flashes of a code. */
export function flashesOf(code: LightCode): Flashes {
  switch (code) {
    case "held":
      return { row: [50, 50], colour: RED };
    case "safe":
      return { row: countOf(6), colour: RED };
    case "unprovisioned":
      return { row: [1_000, 1_000], colour: BLUE };
    case "counting":
      return { row: countOf(5), colour: RED };
    case "offline":
      return { row: countOf(2), colour: AMBER };
    case "no-time":
      return { row: countOf(3), colour: AMBER };
    case "no-broker":
      return { row: countOf(4), colour: AMBER };
    case "well":
      return { row: [50, 4_950], colour: GREEN };
  }
}

/** What to show. */
export function lightCode(state: BoardState): LightCode {
  if (state.held) return "held";
  if (state.safe) return "safe";
  if (!state.provisioned) return "unprovisioned";
  if (!state.online) return "offline";
  if (!state.timeSet) return "no-time";
  if (!state.linked) return "no-broker";
  return state.enrolled ? "well" : "counting";
}

function countOf(flashes: number): readonly number[] {
  const row: number[] = [];
  for (let flash = 1; flash <= flashes; flash++) row.push(FLASH_MS, flash === flashes ? PAUSE_MS : BETWEEN_MS);
  return row;
}
