/** What a trustee counts, for Prometheus. */

import { Counter, Gauge, type Registry } from "../service/metrics.ts";

/** The counters of one trustee. */
export interface TrusteeMetrics {
  readonly testimonies: Counter<"outcome" | "code">;
  readonly contributors: Counter;
  readonly linksUp: Gauge;
}

/** Registers them; `linksUp` counts when it is asked. */
export function trusteeMetrics(registry: Registry, linksUp: () => number): TrusteeMetrics {
  const registers = [registry];
  return {
    testimonies: new Counter({
      name: "choir_trustee_testimonies_total",
      help: "Testimonies judged, by outcome, refused and ignored ones by error code",
      labelNames: ["outcome", "code"],
      registers,
    }),
    contributors: new Counter({
      name: "choir_trustee_contributors_total",
      help: "Readings in sums that this trustee gave its share of",
      registers,
    }),
    linksUp: new Gauge({
      name: "choir_trustee_links_up",
      help: "Connections to the broker that are up",
      registers,
      collect() {
        this.set(linksUp());
      },
    }),
  };
}
