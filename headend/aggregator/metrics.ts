/** What an aggregator counts, for Prometheus. */

import { Counter, Gauge, type Registry } from "../service/metrics.ts";

/** The counters of one aggregator. */
export interface AggregatorMetrics {
  readonly readings: Counter<"verdict" | "code">;
  readonly alarms: Counter<"code">;
  readonly parts: Counter;
  readonly contributors: Counter;
  readonly receipts: Counter<"status">;
  readonly linksUp: Gauge;
}

/** Registers them; `linksUp` counts when it is asked. */
export function aggregatorMetrics(registry: Registry, linksUp: () => number): AggregatorMetrics {
  const registers = [registry];
  return {
    readings: new Counter({
      name: "choir_aggregator_readings_total",
      help: "Readings judged, by verdict, refused ones by error code",
      labelNames: ["verdict", "code"],
      registers,
    }),
    alarms: new Counter({
      name: "choir_aggregator_alarms_total",
      help: "Things that no sound meter does, by code",
      labelNames: ["code"],
      registers,
    }),
    parts: new Counter({ name: "choir_aggregator_parts_total", help: "Aggregates sealed", registers }),
    contributors: new Counter({
      name: "choir_aggregator_contributors_total",
      help: "Readings counted in aggregates",
      registers,
    }),
    receipts: new Counter({
      name: "choir_aggregator_receipts_total",
      help: "Receipts of the provider, by status",
      labelNames: ["status"],
      registers,
    }),
    linksUp: new Gauge({
      name: "choir_aggregator_links_up",
      help: "Connections to the broker that are up",
      registers,
      collect() {
        this.set(linksUp());
      },
    }),
  };
}
