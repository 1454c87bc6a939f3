/** The cumulative sum of excesses (Page, "Continuous inspection schemes", Biometrika 41, 1954): how small shifts that last are found. */

/** When a sum is an alarm; in standard deviations of what is summed. */
export interface CusumDesign {
  /** Taken off each excess: half the shift that is to be found. */
  readonly reference: number;
  /** The sum at which it is an alarm. */
  readonly limit: number;
}

/** Half of one standard deviation: the smallest shift that is sought at full speed is one. */
const REFERENCE = 0.5;
/** A sum goes no higher than this many limits, so that an alarm ends in a bounded time after its cause. */
const MOST_LIMITS = 2;
/** What the limit gains from the sum's overshoot (Siegmund, "Sequential Analysis", 1985, section 10.2). */
const OVERSHOOT = 1.166;

/** Mean number of steps until a false alarm, for independent normal excesses (Siegmund 1985). */
export function meanStepsToFalseAlarm({ reference, limit }: CusumDesign): number {
  const exponent = 2 * reference * (limit + OVERSHOOT);
  return (Math.expm1(exponent) - exponent) / (2 * reference ** 2);
}

/** The design with this mean number of steps until a false alarm. @param steps 100 or more */
export function cusumDesign(steps: number): CusumDesign {
  let [low, high] = [0, 64];
  // the steps grow with the limit, so halving finds it
  while (high - low > 1e-6) {
    const limit = (low + high) / 2;
    if (meanStepsToFalseAlarm({ reference: REFERENCE, limit }) < steps) low = limit;
    else high = limit;
  }
  return { reference: REFERENCE, limit: high };
}

/** The sum after one more excess. */
export function cusumStep({ reference, limit }: CusumDesign, sum: number, excess: number): number {
  return Math.min(MOST_LIMITS * limit, Math.max(0, sum + excess - reference));
}
