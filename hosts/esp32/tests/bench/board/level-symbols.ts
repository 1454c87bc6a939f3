/** Levels as the RMT unit sends them: two to a symbol of 32 bits, each with 15 bits of microseconds and one of level. */

/** A level, held so long. */
export interface HeldLevel {
  readonly level: 0 | 1;
  readonly micros: number;
}

const MOST_MICROS = 2 ** 15 - 1;
const LEVEL_BIT = 15;
/** Symbols that are sent at a time; at most 8,192 bytes. */
const MOST_HALVES = 2_000;
/** Where the number of halves is odd: the shortest low there is, since a length of 0 ends a train. */
const FILLER = 1;

/** The levels in parts to be sent one after the other; each but the last ends low, so that a pause may last longer there. */
export function symbolParts(levels: readonly HeldLevel[]): readonly Uint32Array[] {
  const parts: Uint32Array[] = [];
  let halves: number[] = [];
  const end = (): void => {
    if (halves.length % 2 === 1) halves.push(FILLER);
    // the length is even
    parts.push(Uint32Array.from({ length: halves.length / 2 }, (_, i) => symbol(halves[2 * i], halves[2 * i + 1])));
    halves = [];
  };
  for (const { level, micros } of levels) {
    for (let left = micros; left > 0; left -= MOST_MICROS) {
      halves.push((level << LEVEL_BIT) | Math.min(left, MOST_MICROS));
    }
    if (level === 0 && halves.length >= MOST_HALVES) end();
  }
  if (halves.length > 0) end();
  return parts;
}

function symbol(first = FILLER, second = FILLER): number {
  return first + second * 2 ** 16;
}
