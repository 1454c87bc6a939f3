/**
 * What a feeder loses when all is well, as a model of its load learned from history: iron losses of the transformer, which are constant, and
 * I^2 R of transformer and cables, which is quadratic in the load (docs/THEFT.md, Losses).
 */

/** An interval as the model sees it; energies in mWh. */
export interface LossSample {
  readonly interval: number;
  /** The hour of UTC in which it begins, 0 to 23. */
  readonly hour: number;
  /** Net energy through the feeder. */
  readonly loadMilliwattHours: number;
  /** Energy in both directions at the homes, by which meters err. */
  readonly grossMilliwattHours: number;
  /** Feeder less homes. */
  readonly residualMilliwattHours: number;
}

/** How far intervals of an hour of the day lie from what fixed and quadratic losses explain, as shares of the gross energy. */
export interface HourModel {
  /** The middle: at some hours phases are less even, or loads less steady, than at others. */
  readonly biasShare: number;
  /** One standard deviation, above zero. */
  readonly deviationShare: number;
}

/** Expected losses, and how far intervals without theft lie from them. */
export interface LossModel {
  /** Losses of an interval without load, in mWh; below zero where meters are slow. */
  readonly fixedMilliwattHours: number;
  /** Median load of the learned intervals, in mWh, above zero. */
  readonly referenceMilliwattHours: number;
  /** Quadratic losses at the reference load as a share of it, dimensionless, 0 or more. */
  readonly quadraticShare: number;
  /** By hour of UTC, 24 of them. */
  readonly hours: readonly HourModel[];
  /** Half the band's width in standard deviations. */
  readonly bandDeviations: number;
  /** By how much deviations last: standard deviation of their sum over many intervals, against that of independent ones; 2 or more. */
  readonly persistence: number;
  /** Latest interval that was learned from. */
  readonly learnedUntil: number;
}

/** Fewest intervals to learn from. */
export const LEAST_SAMPLES = 32;

const HOURS = 24;
/** Fewest intervals of an hour and its two neighbours that say how it differs from the others. */
const LEAST_OF_AN_HOUR = 12;
/** What errors of accurate meters alone come to, as a share of the energy: a fifth of class 0.5 (IEC 62053-21). */
const LEAST_DEVIATION_SHARE = 0.001;
/** Below this share of the reference load deviations fall no further: losses within a feeder go on where consumption and production meet. */
const LEAST_GROSS_SHARE = 0.25;
/** Standard deviations in one median absolute deviation of a normal distribution. */
const NORMAL_PER_MEDIAN = 1.4826;
/** The band is three times as wide as what 99 of 100 learned intervals stay within. */
const BAND = { quantile: 0.99, times: 3, leastDeviations: 6 } as const;
/**
 * Single deviations count no further when their correlation is taken, nor does it tell more than this. Deviations last longer and reach further than
 * those of an autoregressive process of first order: twice its persistence keeps the promised rate of false alarms (docs/THEFT.md, Bench).
 */
const CORRELATION = { mostDeviations: 4, most: 0.9, times: 2 } as const;

/** Losses at a load by the fixed and the quadratic part alone, in mWh. */
export function technicalLoss(model: Line, loadMilliwattHours: number): number {
  const { fixedMilliwattHours, quadraticShare, referenceMilliwattHours } = model;
  return fixedMilliwattHours + (quadraticShare * loadMilliwattHours ** 2) / referenceMilliwattHours;
}

/** The residual that is expected of an interval, in mWh. */
export function expectedResidual(model: LossModel, sample: LossSample): number {
  return technicalLoss(model, sample.loadMilliwattHours) + hourOf(model, sample).biasShare * scale(model, sample);
}

/** One standard deviation of that, in mWh. */
export function deviation(model: LossModel, sample: LossSample): number {
  return hourOf(model, sample).deviationShare * scale(model, sample);
}

/** Losses at the reference load as a share of it. */
export function lossShare(model: LossModel): number {
  return technicalLoss(model, model.referenceMilliwattHours) / model.referenceMilliwattHours;
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
  const shares = samples.map((sample) => ({
    hour: sample.hour,
    share: (sample.residualMilliwattHours - technicalLoss(line, sample.loadMilliwattHours)) / scale(line, sample),
  }));
  const hours = hoursOf(shares);
  return { ...line, hours, ...spread(samples, { ...line, hours }) };
}

type Line = Pick<LossModel, "fixedMilliwattHours" | "quadraticShare" | "referenceMilliwattHours">;

/** What shares are shares of, in mWh. */
function scale(model: Line, { grossMilliwattHours }: LossSample): number {
  return Math.max(grossMilliwattHours, LEAST_GROSS_SHARE * model.referenceMilliwattHours);
}

function hourOf({ hours }: Pick<LossModel, "hours">, { hour }: LossSample): HourModel {
  // an hour is 0 to 23, and there is one for each
  return hours[hour] as HourModel;
}

/** Each hour by its own and its neighbours' intervals; where these are few, all hours alike. */
function hoursOf(shares: readonly { readonly hour: number; readonly share: number }[]): readonly HourModel[] {
  const all = hourModel(shares.map(({ share }) => share));
  return Array.from({ length: HOURS }, (_, hour) => {
    const near = [hour, (hour + 1) % HOURS, (hour + HOURS - 1) % HOURS];
    const own = shares.filter((one) => near.includes(one.hour)).map(({ share }) => share);
    return own.length < LEAST_OF_AN_HOUR ? { ...all, biasShare: 0 } : hourModel(own);
  });
}

/** Middle and spread of shares; the spread is that of the wider side, since losses reach further up than down. */
function hourModel(shares: readonly number[]): HourModel {
  const biasShare = median(shares);
  const side = (sign: number): number =>
    median(shares.map((share) => sign * (share - biasShare)).filter((size) => size >= 0));
  const deviationShare = Math.max(LEAST_DEVIATION_SHARE, NORMAL_PER_MEDIAN * Math.max(side(1), side(-1)));
  return { biasShare, deviationShare };
}

/** How the samples lie about what the model expects of them. */
function spread(
  samples: readonly LossSample[],
  partial: Line & Pick<LossModel, "hours">,
): Pick<LossModel, "bandDeviations" | "persistence" | "learnedUntil"> {
  const model = { ...partial, bandDeviations: 0, persistence: 1, learnedUntil: 0 };
  const deviations = [...samples]
    .sort((a, b) => a.interval - b.interval)
    .map((sample) => ({
      interval: sample.interval,
      size: (sample.residualMilliwattHours - expectedResidual(model, sample)) / deviation(model, sample),
    }));
  const tail = quantile(
    deviations.map(({ size }) => Math.abs(size)),
    BAND.quantile,
  );
  const correlation = Math.min(CORRELATION.most, Math.max(0, neighbourCorrelation(deviations)));
  return {
    bandDeviations: Math.max(BAND.leastDeviations, BAND.times * tail),
    persistence: CORRELATION.times * Math.sqrt((1 + correlation) / (1 - correlation)),
    learnedUntil: deviations.at(-1)?.interval ?? 0,
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
function neighbourCorrelation(ascending: readonly { readonly interval: number; readonly size: number }[]): number {
  const most = CORRELATION.mostDeviations;
  const clipped = ascending.map(({ interval, size }) => ({ interval, size: Math.max(-most, Math.min(most, size)) }));
  const mean = clipped.reduce((sum, { size }) => sum + size, 0) / clipped.length;
  const variance = clipped.reduce((sum, { size }) => sum + (size - mean) ** 2, 0) / clipped.length;
  const products = clipped.slice(1).flatMap(({ interval, size }, i) => {
    const before = clipped[i];
    return before?.interval === interval - 1 ? [(size - mean) * (before.size - mean)] : [];
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
