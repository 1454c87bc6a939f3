/** Power over time as whole mWh: what does not make one is carried exactly, so that no number of windows wears energy away. */

const MICROS_PER_SECOND = 1_000_000;
/** 1 mWh is 3.6 Ws. */
const MICROWATT_SECONDS_PER_MILLIWATT_HOUR = 3_600_000;

/** Adds up powers that hold for a while. */
export class EnergyIntegrator {
  #milliwattHours = 0;
  /** Below one mWh. */
  #microwattSeconds = 0;
  /** uW times us, below one uWs. */
  #rest = 0;

  /** Since it began, rounded down; never falls. */
  get milliwattHours(): number {
    return this.#milliwattHours;
  }

  /**
   * @param powerMicrowatts whole, 0 to 10^14
   * @param durationMicros whole, 0 to 10^7: with both, every number below stays under 2^53
   */
  add(powerMicrowatts: number, durationMicros: number): void {
    const belowOneWatt = powerMicrowatts % MICROS_PER_SECOND;
    const watts = (powerMicrowatts - belowOneWatt) / MICROS_PER_SECOND;
    const rest = this.#rest + belowOneWatt * durationMicros;
    this.#rest = rest % MICROS_PER_SECOND;
    const microwattSeconds = this.#microwattSeconds + watts * durationMicros + (rest - this.#rest) / MICROS_PER_SECOND;
    this.#microwattSeconds = microwattSeconds % MICROWATT_SECONDS_PER_MILLIWATT_HOUR;
    this.#milliwattHours += (microwattSeconds - this.#microwattSeconds) / MICROWATT_SECONDS_PER_MILLIWATT_HOUR;
  }
}
