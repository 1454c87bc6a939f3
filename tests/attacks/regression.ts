/** Least squares, as whoever has a week of sums would use it. */

/** Added to the diagonal, relative to 1: of equal columns it makes equal shares, which is all that the data say. */
const RIDGE = 1e-6;

/**
 * The weights x for which rows * x comes closest to the targets; where rows cannot tell columns apart, these share equally.
 * @param rows at least one, all of one length
 */
export function leastSquares(rows: readonly (readonly number[])[], targets: readonly number[]): readonly number[] {
  const width = rows[0]?.length ?? 0;
  const column = (at: number): readonly number[] => rows.map((row) => row[at] ?? 0);
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
  const system = Array.from({ length: width }, (_, i) => [
    ...Array.from({ length: width }, (_unused, j) => dot(column(i), column(j)) + (i === j ? RIDGE : 0)),
    dot(column(i), targets),
  ]);
  return eliminate(system);
}

/** Solves a positive definite system, one row an equation with its right side last. */
function eliminate(system: readonly number[][]): readonly number[] {
  system.forEach((pivotRow, pivot) => {
    const factor = 1 / (pivotRow[pivot] ?? 1);
    for (const [j, value] of pivotRow.entries()) pivotRow[j] = value * factor;
    for (const row of system) {
      if (row === pivotRow) continue;
      const share = row[pivot] ?? 0;
      for (const [j, value] of pivotRow.entries()) row[j] = (row[j] ?? 0) - share * value;
    }
  });
  return system.map((row) => row.at(-1) ?? 0);
}
