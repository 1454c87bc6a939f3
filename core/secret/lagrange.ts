/** Lagrange's coefficients at 0, times l!, so that they are whole numbers (Shoup, EUROCRYPT 2000): whoever opens need not know the group's order. */

import { factorial } from "../integers.ts";

/**
 * l! * product over j != i of j / (j - i), for `index` i in the set `indices` of 1..l; negative for every other i.
 * Each step divides without rest: the partial product's denominator divides l!.
 */
export function lagrange(index: number, indices: readonly number[], holders: number): bigint {
  let coefficient = factorial(holders);
  for (const other of indices) {
    if (other === index) continue;
    coefficient = (coefficient * BigInt(other)) / BigInt(other - index);
  }
  return coefficient;
}
