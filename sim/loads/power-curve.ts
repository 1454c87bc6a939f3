/** One local day of a home as blocks of constant power, and the energy through its two registers up to any moment of it. */

/** Constant power over [fromS, toS), in seconds after local midnight. */
export interface PowerBlock {
  readonly fromS: number;
  readonly toS: number;
  /** Whole watts; negative for a generator. */
  readonly watts: number;
}

/** Length of a local day; simulated clocks have no daylight saving. */
export const DAY_S = 86_400;

/** Whole Wh that went through each register from local midnight until a moment of the day. Both only grow. */
export interface DayEnergy {
  importWattHours(msOfDay: number): number;
  exportWattHours(msOfDay: number): number;
}

const WATT_MS_PER_WATT_HOUR = 3_600_000;

/** The segment from `atMs` on: its net power, and the sums in watt-milliseconds before it (integers, so exact). */
interface Segment {
  readonly atMs: number;
  readonly watts: number;
  readonly imported: number;
  readonly exported: number;
}

/**
 * Adds up blocks that overlap [0, DAY_S). What generators make beyond the moment's demand is exported; import is
 * limited to `fuseWatts`, where a load manager would hold it.
 */
export function integrateDay(blocks: readonly PowerBlock[], fuseWatts: number): DayEnergy {
  const changes = new Map<number, number>([[0, 0]]);
  const change = (atS: number, watts: number): void => {
    changes.set(atS, (changes.get(atS) ?? 0) + watts);
  };
  for (const { fromS, toS, watts } of blocks) {
    const from = Math.max(0, Math.round(fromS));
    const to = Math.min(DAY_S, Math.round(toS));
    if (from >= to) continue;
    change(from, watts);
    change(to, -watts);
  }

  const segments: Segment[] = [];
  let demand = 0;
  let last: Segment = { atMs: 0, watts: 0, imported: 0, exported: 0 };
  for (const [atS, watts] of [...changes].sort(([a], [b]) => a - b)) {
    demand += watts;
    const atMs = atS * 1000;
    const before = last.watts * (atMs - last.atMs);
    last = {
      atMs,
      watts: Math.min(fuseWatts, demand),
      imported: last.imported + Math.max(0, before),
      exported: last.exported + Math.max(0, -before),
    };
    segments.push(last);
  }

  const segmentAt = (msOfDay: number): Segment => {
    let low = 0;
    let high = segments.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      // 0 <= low < middle < high <= length.
      if ((segments[middle] as Segment).atMs <= msOfDay) low = middle;
      else high = middle;
    }
    // There is always the segment that starts at midnight.
    return segments[low] as Segment;
  };
  return {
    importWattHours: (msOfDay) => {
      const { atMs, watts, imported } = segmentAt(msOfDay);
      return Math.round((imported + Math.max(0, watts) * (msOfDay - atMs)) / WATT_MS_PER_WATT_HOUR);
    },
    exportWattHours: (msOfDay) => {
      const { atMs, watts, exported } = segmentAt(msOfDay);
      return Math.round((exported + Math.max(0, -watts) * (msOfDay - atMs)) / WATT_MS_PER_WATT_HOUR);
    },
  };
}
