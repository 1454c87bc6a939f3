/** Random moments, so that a street never speaks at once. */

import { hasCode } from "../core/errors.ts";
import type { Entropy } from "../core/ports.ts";

/** A whole number of ms, uniform in 0 <= ms < below; the middle while the entropy is not yet seeded, since no secret hangs on it. */
export function jitterMs(entropy: Entropy, below: number): number {
  const bytes = new Uint8Array(4);
  try {
    entropy.fill(bytes);
  } catch (error) {
    if (hasCode(error, "entropy_unseeded")) return Math.floor(below / 2);
    throw error;
  }
  return Math.floor((new DataView(bytes.buffer).getUint32(0) / 2 ** 32) * below);
}
