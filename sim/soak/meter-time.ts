/** The time of a meter whose clock runs faster than the system's, known from without: by how long it says that it has been up. */

/** Narrows down when the meter's clock began, at the system's time of that moment, from which on it runs `speed` times as fast. */
export class MeterTime {
  readonly #speed: number;
  #earliestMs = Number.NEGATIVE_INFINITY;
  #latestMs = Number.POSITIVE_INFINITY;

  constructor(speed: number) {
    this.#speed = speed;
  }

  /** The meter said, some time between these two moments of the system's UTC, that so many whole seconds of its own had passed. */
  observe(askedMs: number, answeredMs: number, uptimeSeconds: number): void {
    const real = (seconds: number): number => (seconds * 1000) / this.#speed;
    this.#earliestMs = Math.max(this.#earliestMs, askedMs - real(uptimeSeconds + 1));
    this.#latestMs = Math.min(this.#latestMs, answeredMs - real(uptimeSeconds));
  }

  /** When its clock began, in ms of UTC. */
  get startUtcMs(): number {
    return (this.#earliestMs + this.#latestMs) / 2;
  }

  /** How far the meter's UTC may be from what is said here, in ms of its own. */
  get uncertaintyMs(): number {
    return ((this.#latestMs - this.#earliestMs) / 2) * this.#speed;
  }

  /** The meter's UTC at a moment of the system's. */
  utcMs(systemUtcMs: number): number {
    return this.startUtcMs + (systemUtcMs - this.startUtcMs) * this.#speed;
  }
}
