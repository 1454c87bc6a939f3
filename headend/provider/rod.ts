/** The measuring rod at work: a watch over each feeder, fed by the books, remembered in them, and heard as results, log lines and metrics. */

import { ChoirError } from "../../core/errors.ts";
import type { KeyFile } from "../../core/wire/key-file.ts";
import type { Logger } from "../service/log.ts";
import type { Books } from "./books.ts";
import { ALARMS, type Alarm, FeederWatch, newWatch, type Standing, type WatchDesign } from "./feeder-watch.ts";
import type { GroupEntry } from "./group-book.ts";
import { technicalLoss } from "./loss-model.ts";
import { type EnergyChannels, energyChannels, type FeederPlace, measure } from "./measured.ts";
import type { BalanceRecord } from "./records.ts";
import type { AlarmResult } from "./results.ts";
import { type FeederRod, type RodConfig, watchDesign } from "./rod-config.ts";
import type { RodMetrics } from "./rod-metrics.ts";
import type { WatchRecord } from "./watch-record.ts";

/** What the rod works with. */
export interface RodParts {
  readonly keyFile: KeyFile;
  readonly books: Books;
  readonly config: RodConfig;
  readonly metrics: RodMetrics;
  readonly log: Pick<Logger, "warn" | "info">;
  /** Hands a result out, as one line of JSON. */
  readonly show: (line: string) => void;
}

interface Watched {
  readonly group: string;
  readonly feeder: string;
  readonly place: Omit<FeederPlace, "members">;
  readonly design: WatchDesign;
  readonly learnFrom: number;
  readonly watch: FeederWatch;
  announced: readonly Alarm[];
  /** The record as it was written last. */
  written: string;
}

const HOUR_MS = 3_600_000;
const MILLIWATT_HOURS_PER_WATT_HOUR = 1000;
const PLAIN_FEEDER: FeederRod = { unmeteredWatts: 0, silentHomes: 0 };

/** All feeders under watch. */
export class Rod {
  readonly #parts: RodParts;
  readonly #watched = new Map<string, Watched>();

  private constructor(parts: RodParts) {
    this.#parts = parts;
  }

  /**
   * Watches each feeder that one group names, from where the books left off; tells what has changed since it was told last.
   * @throws ChoirError config_invalid for a feeder that no group has.
   */
  static async open(parts: RodParts): Promise<Rod> {
    const rod = new Rod(parts);
    const { config, books } = parts;
    const feeders = rod.#groups().map(({ feeder }) => feeder?.feeder);
    for (const feeder of Object.keys(config.feeders)) {
      if (!feeders.includes(feeder)) {
        throw new ChoirError("config_invalid", "rod.feeders", "feeders of the roll", feeder);
      }
    }
    await rod.watchFeeders();
    books.follow((group, interval, balance) => {
      const watched = rod.#watched.get(group);
      if (watched === undefined) return;
      rod.#take(watched, interval, balance);
      rod.#tell(watched);
    });
    return rod;
  }

  /** Begins to watch the feeders of the latest roll that are not watched yet; one that a roll gives up stays as it stood. */
  async watchFeeders(): Promise<void> {
    const { keyFile, log } = this.#parts;
    const channels = energyChannels(keyFile.channels);
    const entries = this.#groups();
    for (const { group, feeder } of entries) {
      if (feeder === undefined || channels === undefined || this.#watched.has(group)) continue;
      if (entries.filter((one) => one.feeder?.feeder === feeder.feeder).length > 1) {
        log.warn({ group, feeder: feeder.feeder }, "not watched: several groups name this feeder");
        continue;
      }
      await this.#begin(group, feeder.feeder, channels);
    }
  }

  /** The groups of the latest roll. */
  #groups(): readonly GroupEntry[] {
    return [...(this.#parts.books.rolls.views[0]?.groups.values() ?? [])];
  }

  async #begin(group: string, feeder: string, channels: EnergyChannels): Promise<void> {
    const { books, config, keyFile } = this.#parts;
    const { intervalMs, firstInterval } = keyFile;
    const { unmeteredWatts, silentHomes, learnFrom: learnFromText } = config.feeders[feeder] ?? PLAIN_FEEDER;
    const stored = books.watch(group);
    const known = stored?.intervalMs === intervalMs ? stored : undefined;
    const told = learnFromText === undefined ? undefined : Math.ceil(Date.parse(learnFromText) / intervalMs);
    const learnFrom = told ?? known?.learnFrom ?? firstInterval;
    const state = known?.learnFrom === learnFrom ? known : newWatch(learnFrom);
    const design = watchDesign(config, intervalMs);
    const unmeteredMilliwattHours = (unmeteredWatts * MILLIWATT_HOURS_PER_WATT_HOUR * intervalMs) / HOUR_MS;
    const watched: Watched = {
      group,
      feeder,
      place: { intervalMs, silentHomes, unmeteredMilliwattHours, channels },
      design,
      learnFrom,
      watch: new FeederWatch(design, state),
      announced: stored?.announced ?? [],
      written: "",
    };
    for await (const [interval, balance] of books.balances(group, state.closed.interval + 1)) {
      this.#take(watched, interval, balance);
    }
    this.#watched.set(group, watched);
    this.#tell(watched);
  }

  #take(watched: Watched, interval: number, balance: BalanceRecord): void {
    const { rolls } = this.#parts.books;
    // a balance older than the rolls that are kept is taken for one of the oldest
    const book = rolls.at(interval) ?? rolls.views.at(-1);
    const members = book?.groups.get(watched.group)?.members ?? 0;
    const measured = measure(interval, balance, { ...watched.place, members });
    if (measured !== undefined) watched.watch.take(measured);
  }

  /** Tells of alarms that began or ended, and notes it. A crash in between tells it twice rather than never. */
  #tell(watched: Watched): void {
    const { metrics, books, keyFile } = this.#parts;
    const { group, watch, design } = watched;
    for (const alarm of ALARMS) {
      const standing = watch.standing(alarm);
      if ((standing !== null) !== watched.announced.includes(alarm)) this.#announce(watched, alarm, standing);
      metrics.alarms.set({ group, alarm }, standing === null ? 0 : 1);
    }
    watched.announced = ALARMS.filter((alarm) => watch.standing(alarm) !== null);
    for (const side of ["loss", "surplus"] as const) {
      const { whole, estimated } = watch.sides[side];
      metrics.cusum.set({ group, side }, Math.max(whole, estimated) / design.cusum.limit);
    }
    metrics.learned.set({ group }, watch.learned);
    const { announced } = watched;
    const record: WatchRecord = {
      intervalMs: keyFile.intervalMs,
      learnFrom: watched.learnFrom,
      ...watch.state,
      announced,
    };
    const written = JSON.stringify(record);
    if (written === watched.written) return;
    watched.written = written;
    books.noteWatch(group, record);
  }

  #announce(watched: Watched, alarm: Alarm, standing: Standing | null): void {
    const { show, log } = this.#parts;
    const { group, feeder, watch } = watched;
    const state = standing === null ? "cleared" : "raised";
    const { interval, ...figures } = alarm === "baseline" ? baselineFigures(watched) : intervalFigures(watch, standing);
    const result: AlarmResult = {
      type: "alarm",
      alarm,
      state,
      by: standing?.by ?? null,
      group,
      feeder,
      interval,
      ...figures,
    };
    show(JSON.stringify(result));
    const line = { group, feeder, interval, alarm, by: result.by };
    if (standing === null) log.info(line, "feeder alarm cleared");
    else log.warn(line, "feeder alarm raised");
  }
}

type Figures = Pick<
  AlarmResult,
  "interval" | "uncounted" | "residualMilliwattHours" | "expectedMilliwattHours" | "bandMilliwattHours"
>;

/** Of the interval with which the alarm began, or of the latest. */
function intervalFigures(watch: FeederWatch, standing: Standing | null): Figures {
  const judged = (standing === null ? undefined : watch.judged(standing.since)) ?? watch.judged();
  const { measured, excess } = judged ?? {};
  return {
    interval: measured?.interval ?? watch.state.closed.interval,
    uncounted: measured?.uncounted ?? 0,
    residualMilliwattHours: Math.round(measured?.residualMilliwattHours ?? 0),
    expectedMilliwattHours: Math.round(excess?.expectedMilliwattHours ?? 0),
    bandMilliwattHours: Math.round(excess?.bandMilliwattHours ?? 0),
  };
}

/** What was learned at the reference load, against the most that losses can be. */
function baselineFigures({ watch, design }: Watched): Figures {
  const { model, closed } = watch.state;
  const load = model?.referenceMilliwattHours ?? 0;
  return {
    interval: model?.learnedUntil ?? closed.interval,
    uncounted: 0,
    residualMilliwattHours: model === null ? 0 : Math.round(technicalLoss(model, load)),
    expectedMilliwattHours: Math.round(design.mostLossShare * load),
    bandMilliwattHours: 0,
  };
}
