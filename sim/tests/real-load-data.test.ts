/** Real load files: the clean week adds up to its feeder file, the unclean one keeps its absurdities for the meters to refuse. */

import { expect, test } from "@jest/globals";
import { OBIS_IMPORT } from "../../core/names.ts";
import { readLoadCsv } from "../loads/csv.ts";
import { readFeederCsv } from "../loads/feeder-csv.ts";
import { selectLoad } from "../loads/load.ts";
import { parseInstant } from "../time.ts";
import { describeWithLoadData, loadData } from "./test-data.ts";

const CLEAN = "long_feeder1_week48.csv";
const FEEDER = "feeder1_week48.csv";
const UNCLEAN = "unclean_week48.csv";

describeWithLoadData("the clean week", [CLEAN, FEEDER], () => {
  test("is 100 meters over 672 quarter hours, and each interval's sum is the feeder's total", () => {
    const load = readLoadCsv(loadData(CLEAN));
    const feeder = readFeederCsv(loadData(FEEDER));
    expect(load).toMatchObject({ intervalMs: 900_000, intervals: 672, utcOffsetMinutes: 60 });
    expect(load.meters.length).toBe(100);
    expect(load.meters[0]).toBe("1088982");
    for (let i = 0; i < load.intervals; i++) {
      const energies = load.meters.map((_, meter) => load.energyMilliwattHours(meter, i, OBIS_IMPORT) ?? Number.NaN);
      const sum = energies.reduce((total, energy) => total + energy, 0);
      expect(sum).toBe(feeder.energyMilliwattHours(0, load.startUtcMs + i * load.intervalMs));
    }
  });
});

describeWithLoadData("the unclean week", [UNCLEAN], () => {
  test("has its first values out of range in its 31st and 54th interval", () => {
    const load = readLoadCsv(loadData(UNCLEAN));
    expect([load.meters.length, load.intervals]).toEqual([13, 672]);
    const bad = Array.from({ length: 60 }, (_, i) =>
      load.meters.map((meter, index) => ({ i, meter, energy: load.energyMilliwattHours(index, i, OBIS_IMPORT) ?? 0 })),
    )
      .flat()
      .filter(({ energy }) => energy < 0 || energy > 25_000_000);
    expect(bad).toEqual([
      { i: 30, meter: "2046645", energy: 25_086_000 },
      { i: 53, meter: "9717902", energy: -35_300_000 },
    ]);
  });

  test("can be entered at the first of them", () => {
    const from = parseInstant("2018-11-26T07:30:00+01:00", "from");
    const load = selectLoad(readLoadCsv(loadData(UNCLEAN)), { fromUtcMs: from.utcMs, intervals: 6 });
    expect(load.energyMilliwattHours(load.meters.indexOf("2046645"), 0, OBIS_IMPORT)).toBe(25_086_000);
  });
});
