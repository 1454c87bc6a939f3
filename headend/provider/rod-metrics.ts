/** What the measuring rod shows of each feeder, for Prometheus: no energies. */

import { Gauge, type Registry } from "../service/metrics.ts";

/** The gauges of the measuring rod. */
export interface RodMetrics {
  readonly alarms: Gauge<"group" | "alarm">;
  readonly cusum: Gauge<"group" | "side">;
  readonly learned: Gauge<"group">;
}

/** Registers them. */
export function rodMetrics(registry: Registry): RodMetrics {
  const registers = [registry];
  return {
    alarms: new Gauge({
      name: "choir_provider_feeder_alarm",
      help: "1 while this alarm of the group's feeder stands",
      labelNames: ["group", "alarm"],
      registers,
    }),
    cusum: new Gauge({
      name: "choir_provider_feeder_cusum_ratio",
      help: "The feeder's cumulative sum against its limit: an alarm at 1",
      labelNames: ["group", "side"],
      registers,
    }),
    learned: new Gauge({
      name: "choir_provider_feeder_learned_ratio",
      help: "How much of the feeder's losses is learned: it is watched at 1",
      labelNames: ["group"],
      registers,
    }),
  };
}
