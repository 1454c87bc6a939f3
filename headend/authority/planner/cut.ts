/** Cuts the points of a cell into blocks, so that as many of them as can be expected lie in blocks that are whole in time (docs/PROTOCOL.md, Blocks: a block counts whole or not at all). */

/**
 * Sorts points by their chance to be in time, so that those that are often late share blocks, and cuts where the sum over blocks of
 * size * (product of chances) is greatest. Points of equal chance keep their order.
 * @param least seats of a block; a cell with fewer becomes one block
 * @param chanceOf in (0, 1]
 * @returns the blocks, the most punctual first; none of no points
 */
export function cut<P>(points: readonly P[], least: number, chanceOf: (point: P) => number): readonly (readonly P[])[] {
  if (points.length === 0) return [];
  const sorted = [...points].sort((a, b) => chanceOf(b) - chanceOf(a));
  const smallest = Math.min(least, points.length);
  const logs = [0];
  for (const point of sorted) logs.push((logs.at(-1) ?? 0) + Math.log(chanceOf(point)));
  /** The most points in whole blocks that can be expected of the first i, and the size of the last block that gives it. */
  const best = [{ expected: 0, size: 0 }];
  for (let end = 1; end <= sorted.length; end++) {
    let choice = { expected: Number.NEGATIVE_INFINITY, size: 0 };
    // two blocks are never worse than one of twice the least size
    for (let size = smallest; size < 2 * smallest && size <= end; size++) {
      const whole = size * Math.exp((logs[end] ?? 0) - (logs[end - size] ?? 0));
      const expected = (best[end - size]?.expected ?? 0) + whole;
      if (expected > choice.expected) choice = { expected, size };
    }
    best.push(choice);
  }
  const blocks: P[][] = [];
  for (let end = sorted.length; end > 0; end -= best[end]?.size ?? end) {
    blocks.unshift(sorted.slice(end - (best[end]?.size ?? end), end));
  }
  return blocks;
}

/** The chance that all points of a block are in time, if each is by itself. */
export function chanceWhole<P>(block: readonly P[], chanceOf: (point: P) => number): number {
  return block.reduce((product, point) => product * chanceOf(point), 1);
}
