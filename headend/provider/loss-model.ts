/**
 * What a feeder loses when all is well, as a model of its load learned from history: iron losses of the transformer, which are constant, and
 * I^2 R of transformer and cables, which is quadratic in the load (DESIGN: Feeder; docs/THEFT.md, Losses).
 */

/** An interval as the model sees it; energies in mWh. */
export interface LossSample {
  readonly interval: number;
  /** Net energy through the feeder. */
  readonly loadMilliwattHours: number;
  /** Energy in both directions at the homes, by which meters err. */
  readonly grossMilliwattHours: number;
  /** Feeder less homes. */
  readonly residualMilliwattHours: number;
}

/** Expected losses, and how far intervals without theft lie from them. */
export interface LossModel {
  /** Losses of an interval without load, in mWh; below zero where meters are slow. */
  readonly fixedMilliwattHours: number;
  /** Median load of the learned intervals, in mWh, above zero. */
  readonly referenceMilliwattHours: number;
  /** Quadratic losses at the reference load as a share of it, dimensionless, 0 or more. */
  readonly quadraticShare: number;
  /** One standard deviation as a share of the gross energy, dimensionless, above zero. */
  readonly deviationShare: number;
  /** Half the band's width in standard deviations. */
  readonly bandDeviations: number;
  /** By how much deviations last: standard deviation of their sum over many intervals, against that of independent ones; 1 or more. */
  readonly persistence: number;
  /** Latest interval that was learned from. */
  readonly learnedUntil: number;
}

/** Fewest intervals to learn from. */
export const LEAST_SAMPLES = 32;

/** What errors of accurate meters alone come to, as a share of the energy: a fifth of class 0.5 (IEC 62053-21). */
const LEAST_DEVIATION_SHARE = 0.001;
/** Below this share of the reference load deviations fall no further: losses within a feeder go on where consumption and production meet. */
const LEAST_GROSS_SHARE = 0.25;
/** Standard deviations in one median absolute deviation of a normal distribution. */
const NORMAL_PER_MEDIAN = 1.4826;
const BAND = { quantile: 0.99, times: 2, leastDeviations: 5 } as const;
/** Single deviations count no further when their persistence is taken, nor does it tell more than this correlation. */
const CORRELATION = { mostDeviations: 4, most: 0.9 } as const;

/** Expected losses at a load, in mWh. */
export function expectedLoss(model: LossModel, loadMilliwattHours: number): number {
  const { fixedMilliwattHours, quadraticShare, referenceMilliwattHours } = model;
  return fixedMilliwattHours + (quadraticShare * loadMilliwattHours ** 2) / referenceMilliwattHours;
}

/** One standard deviation of the residual, in mWh. */
export function deviation(
  model: Pick<LossModel, "referenceMilliwattHours" | "deviationShare">,
  grossMilliwattHours: number,
): number {
  return model.deviationShare * Math.max(grossMilliwattHours, LEAST_GROSS_SHARE * model.referenceMilliwattHours);
}

/** Losses at the reference load as a share of it. */
export function lossShare(model: LossModel): number {
  return expectedLoss(model, model.referenceMilliwattHours) / model.referenceMilliwattHours;
}

/**
 * Learns from intervals in which every home was counted; none where nothing ever flowed. Medians throughout: a theft in less than a quarter of the
 * intervals moves the model little, one in all of them is learned as a loss, which `lossShare` may show.
 */
export function fitLosses(samples: readonly LossSample[]): LossModel | undefined {
  const referenceMilliwattHours = median(samples.map(({ loadMilliwattHours }) => Math.abs(loadMilliwattHours)));
  if (!(referenceMilliwattHours > 0)) return undefined;
  const points = samples
    .map((sample) => ({
      x: sample.loadMilliwattHours ** 2 / referenceMilliwattHours,
      y: sample.residualMilliwattHours,
    }))
    .sort((a, b) => a.x - b.x);
  const quadraticShare = Math.max(0, slope(points));
  const fixedMilliwattHours = median(points.map(({ x, y }) => y - quadraticShare * x));
  const line = { fixedMilliwattHours, quadraticShare, referenceMilliwattHours };
  return { ...line, ...spread(samples, line) };
}

type Line = Pick<LossModel, "fixedMilliwattHours" | "quadraticShare" | "referenceMilliwattHours">;

/** How the samples lie about a line. */
function spread(samples: readonly LossSample[], line: Line): Omit<LossModel, keyof Line> {
  const scale = { ...line, deviationShare: 1 };
  const shares = [...samples]
    .sort((a, b) => a.interval - b.interval)
    .map(({ interval, loadMilliwattHours: x, grossMilliwattHours, residualMilliwattHours }) => {
      const expected = line.fixedMilliwattHours + (line.quadraticShare * x ** 2) / line.referenceMilliwattHours;
      return { interval, share: (residualMilliwattHours - expected) / deviation(scale, grossMilliwattHours) };
    });
  const sizes = shares.map(({ share }) => Math.abs(share));
  const deviationShare = Math.max(LEAST_DEVIATION_SHARE, NORMAL_PER_MEDIAN * median(sizes));
  const tail = quantile(sizes, BAND.quantile) / deviationShare;
  const correlation = Math.min(CORRELATION.most, Math.max(0, neighbourCorrelation(shares, deviationShare)));
  return {
    deviationShare,
    bandDeviations: Math.max(BAND.leastDeviations, BAND.times * tail),
    // of an autoregressive process of first order
    persistence: Math.sqrt((1 + correlation) / (1 - correlation)),
    learnedUntil: shares.at(-1)?.interval ?? 0,
  };
}

/**
 * The median slope between points of the lower half and their counterparts in the upper half (Theil 1950, the incomplete method): it bears a
 * quarter of wild points, and takes n log n steps.
 */
function slope(ascending: readonly { readonly x: number; readonly y: number }[]): number {
  const half = Math.ceil(ascending.length / 2);
  const slopes = ascending.slice(half).flatMap((upper, i) => {
    const lower = ascending[i];
    return lower === undefined || upper.x === lower.x ? [] : [(upper.y - lower.y) / (upper.x - lower.x)];
  });
  return slopes.length === 0 ? 0 : median(slopes);
}

/** Correlation of deviations in adjacent intervals, 0 where there are too few of them. */
function neighbourCorrelation(
  ascending: readonly { readonly interval: number; readonly share: number }[],
  deviationShare: number,
): number {
  const most = CORRELATION.mostDeviations * deviationShare;
  const clipped = ascending.map(({ share }) => Math.max(-most, Math.min(most, share)));
  const mean = clipped.reduce((sum, share) => sum + share, 0) / clipped.length;
  const variance = clipped.reduce((sum, share) => sum + (share - mean) ** 2, 0) / clipped.length;
  const products = clipped.slice(1).flatMap((share, i) => {
    const before = ascending[i];
    const adjacent = before !== undefined && ascending[i + 1]?.interval === before.interval + 1;
    // the index of `slice(1)` is that of the one before
    return adjacent ? [(share - mean) * ((clipped[i] as number) - mean)] : [];
  });
  if (products.length < LEAST_SAMPLES / 2 || variance === 0) return 0;
  return products.reduce((sum, product) => sum + product, 0) / products.length / variance;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that a share of `values` is at most; NaN of none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
