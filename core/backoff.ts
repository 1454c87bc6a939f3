/** Waiting times between attempts to reach a broker: exponential with full jitter, so that a street does not return as a storm. */

/** Bounds of the wait before the next attempt, in ms. */
export interface BackoffLimits {
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * The wait before attempt `attempt` (0 is the first retry), uniform in 1 to min(most, first * 2^attempt) ms.
 * @param uniform a number in 0 <= u < 1, fresh for each call
 */
export function backoffMs(attempt: number, uniform: number, limits: BackoffLimits): number {
  const ceiling = Math.min(limits.mostMs, limits.firstMs * 2 ** Math.min(attempt, 30));
  return 1 + Math.floor(uniform * ceiling);
}
