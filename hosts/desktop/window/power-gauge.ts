/** Power from pulses: how fast the latest ones came, and after a silence how fast they can have come at most. */

const MILLISECONDS_PER_HOUR = 3_600_000;
const WATT_HOURS_PER_KILOWATT_HOUR = 1000;
/** Pulses are averaged over so long, so that the moment of looking does not show; slower ones over the last two. */
const AVERAGING_MS = 10_000;
/** After so long without a pulse nothing flows. */
const SILENCE_MS = 600_000;

interface Mark {
  readonly atMs: number;
  readonly pulses: number;
}

/** Watches one counter. */
export class PowerGauge {
  #pulses: number | undefined;
  /** Moments at which a rise was seen, ascending. */
  #marks: readonly Mark[] = [];

  /** @param nowMs monotonic; @param pulses that the counter shows then */
  look(nowMs: number, pulses: number): void {
    const rose = this.#pulses !== undefined && pulses > this.#pulses;
    this.#pulses = pulses;
    if (!rose) return;
    const marks = [...this.#marks, { atMs: nowMs, pulses }];
    const recent = marks.filter(({ atMs }) => nowMs - atMs <= AVERAGING_MS);
    this.#marks = recent.length < 2 ? marks.slice(-2) : recent;
  }

  /** Watts now; undefined until two pulses were seen, or one was long enough ago to say that nothing flows. */
  watts(nowMs: number, pulsesPerKilowattHour: number): number | undefined {
    const first = this.#marks[0];
    const last = this.#marks[this.#marks.length - 1];
    if (first === undefined || last === undefined) return undefined;
    const silenceMs = nowMs - last.atMs;
    if (silenceMs >= SILENCE_MS) return 0;
    if (last.atMs === first.atMs) return undefined;
    const perMs = (last.pulses - first.pulses) / (last.atMs - first.atMs);
    // had it flowed faster, the next pulse would have come
    const mostPerMs = silenceMs > 0 ? Math.min(perMs, 1 / silenceMs) : perMs;
    return (mostPerMs * MILLISECONDS_PER_HOUR * WATT_HOURS_PER_KILOWATT_HOUR) / pulsesPerKilowattHour;
  }
}
