/** What a provider counts, for Prometheus. */

import { Counter, Gauge, type Registry } from "../service/metrics.ts";

/** The counters of one provider. */
export interface ProviderMetrics {
  readonly aggregates: Counter<"outcome" | "code">;
  readonly contributors: Counter;
  readonly feeders: Counter<"outcome">;
  readonly shares: Counter<"outcome" | "code">;
  readonly waiting: Gauge;
  readonly linksUp: Gauge;
}

/** What is counted when it is asked for. */
export interface ProviderStanding {
  readonly linksUp: () => number;
  /** Parts that wait for shares. */
  readonly waiting: () => number;
}

/** Registers them. */
export function providerMetrics(registry: Registry, { linksUp, waiting }: ProviderStanding): ProviderMetrics {
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
    shares: new Counter({
      name: "choir_provider_shares_total",
      help: "Trustees' answers, by outcome, those that are not good by error code",
      labelNames: ["outcome", "code"],
      registers,
    }),
    waiting: new Gauge({
      name: "choir_provider_waiting_parts",
      help: "Parts that wait for shares",
      registers,
      collect() {
        this.set(waiting());
      },
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
