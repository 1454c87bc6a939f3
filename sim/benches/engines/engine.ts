/** An engine that works are timed on: Node itself, XS in a process of its own, or XS in the Moddable simulator. */

import type { WorkName } from "./works.ts";

/** What one sample of a work cost, per run. */
export interface Cost {
  readonly ms: number;
  /** Deterministic cost in the engine's own units, where it has such. */
  readonly compute: number | undefined;
}

export type EngineName = "xs" | "node" | "moddable";

/** An engine, with the works that it knows. */
export interface Engine<Name extends EngineName = "xs" | "node", Work = WorkName> {
  readonly name: Name;
  /** Runs the work `times` times on end, at least once. */
  sample(work: Work, times: number): Promise<Cost>;
  close(): Promise<void>;
}

/** Milliseconds that `times` runs on end take. */
export function elapsedMs(run: () => unknown, times: number, nowMs: () => number): number {
  const start = nowMs();
  for (let i = 0; i < times; i++) run();
  return nowMs() - start;
}
