/** An engine that works are timed on: Node itself, or XS in a process of its own. */

import type { WorkName } from "./works.ts";

/** What one sample of a work cost, per run. */
export interface Cost {
  readonly ms: number;
  /** Deterministic cost in the engine's own units, where it has such. */
  readonly compute: number | undefined;
}

/** The engine. */
export interface Engine {
  readonly name: "xs" | "node";
  /** Runs the work `times` times on end, at least once. */
  sample(work: WorkName, times: number): Promise<Cost>;
  close(): Promise<void>;
}

/** Milliseconds that `times` runs on end take. */
export function elapsedMs(run: () => unknown, times: number, nowMs: () => number): number {
  const start = nowMs();
  for (let i = 0; i < times; i++) run();
  return nowMs() - start;
}
