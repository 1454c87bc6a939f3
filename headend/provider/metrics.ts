/** What a provider counts, for Prometheus. */

import { Counter, Gauge, type Registry } from "../service/metrics.ts";

/** The counters of one provider. */
export interface ProviderMetrics {
  readonly aggregates: Counter<"outcome" | "code">;
  readonly contributors: Counter;
  readonly feeders: Counter<"outcome">;
  readonly linksUp: Gauge;
}

/** Registers them; `linksUp` counts when it is asked. */
export function providerMetrics(registry: Registry, linksUp: () => number): ProviderMetrics {
  const registers = [registry];
  return {
    aggregates: new Counter({
      name: "choir_provider_aggregates_total",
      help: "Aggregates judged, by outcome, refused and ignored ones by error code",
      labelNames: ["outcome", "code"],
      registers,
    }),
    contributors: new Counter({
      name: "choir_provider_contributors_total",
      help: "Readings in opened sums",
      registers,
    }),
    feeders: new Counter({
      name: "choir_provider_feeders_total",
      help: "Feeder readings, by outcome",
      labelNames: ["outcome"],
      registers,
    }),
    linksUp: new Gauge({
      name: "choir_provider_links_up",
      help: "Connections to the broker that are up",
      registers,
      collect() {
        this.set(linksUp());
      },
    }),
  };
}
