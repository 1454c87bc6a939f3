/** What the appliances of a home do on one day, each from its own stream, so that none disturbs another. */

import type { Random } from "../random.ts";
import type { Home } from "./home.ts";
import type { Presence, Span } from "./occupancy.ts";
import { DAY_S, type PowerBlock } from "./power-curve.ts";
import { type Day, SKY_STEP_S } from "./sky.ts";

/** What an appliance knows. Its blocks may run past midnight, into the next day only. */
export interface ApplianceDay {
  readonly home: Home;
  readonly day: Day;
  readonly presence: Presence;
  readonly random: Random;
}

type Appliance = (context: ApplianceDay) => PowerBlock[];

const HOUR_S = 3600;

function run(fromS: number, lengthS: number, watts: number): PowerBlock {
  return { fromS, toS: fromS + lengthS, watts: Math.round(watts) };
}

/** Phases one after the other: [seconds, watts] each. */
function programme(fromS: number, ...phases: readonly (readonly [lengthS: number, watts: number])[]): PowerBlock[] {
  let atS = fromS;
  return phases.map(([lengthS, watts]) => {
    const block = run(atS, lengthS, watts);
    atS += lengthS;
    return block;
  });
}

/** A thermostat: on for `duty` of each cycle. */
function cycles(span: Span, cycleS: number, duty: number, watts: number): PowerBlock[] {
  const count = duty > 0 ? Math.ceil((span.toS - span.fromS) / cycleS) : 0;
  return Array.from({ length: count }, (_, i) => {
    const fromS = span.fromS + i * cycleS;
    return run(fromS, Math.min(cycleS * duty, span.toS - fromS), watts);
  });
}

function overlap(a: Span, b: Span): Span | undefined {
  const span = { fromS: Math.max(a.fromS, b.fromS), toS: Math.min(a.toS, b.toS) };
  return span.fromS < span.toS ? span : undefined;
}

/** A moment in [fromHour, toHour) at which somebody is at home and awake; undefined when nobody was on three looks. */
function someMoment({ presence, random }: ApplianceDay, fromHour: number, toHour: number): number | undefined {
  for (let look = 0; look < 3; look++) {
    const atS = random.between(fromHour, toHour) * HOUR_S;
    if (presence.countAt(atS) > 0) return atS;
  }
  return undefined;
}

const standby: Appliance = ({ home }) => [run(0, DAY_S, home.standbyWatts)];

const fridges: Appliance = ({ home, random }) =>
  home.fridges.flatMap(({ watts, cycleS, duty }) =>
    cycles({ fromS: -random.between(0, cycleS), toS: DAY_S }, cycleS, duty, watts),
  );

const lighting: Appliance = ({ home, day, presence, random }) => {
  const dark = [
    { fromS: 0, toS: day.sunriseS },
    { fromS: day.sunsetS, toS: DAY_S },
  ];
  const spans = presence.spans.flatMap((awake) => dark.flatMap((night) => overlap(awake, night) ?? []));
  const stepS = 1200;
  return spans.flatMap(({ fromS, toS }) =>
    Array.from({ length: Math.ceil((toS - fromS) / stepS) }, (_, i) => {
      const atS = fromS + i * stepS;
      const lamps = random.between(0.6, 1.6) * Math.sqrt(presence.countAt(atS));
      return run(atS, Math.min(stepS, toS - atS), home.lampWatts * lamps);
    }),
  );
};

const screens: Appliance = ({ home, presence, random }) => {
  const evening = { fromS: random.between(18, 20) * HOUR_S, toS: random.between(21.5, 23.5) * HOUR_S };
  const daytime = { fromS: random.between(9, 14) * HOUR_S, toS: random.between(14, 18) * HOUR_S };
  const used = random.chance(0.5) ? [evening, daytime] : [evening];
  return presence.spans.flatMap((awake) =>
    used.flatMap((hours) => {
      const span = overlap(awake, hours);
      return span === undefined ? [] : [run(span.fromS, span.toS - span.fromS, home.screenWatts)];
    }),
  );
};

const kettle: Appliance = (context) => {
  const { presence, random } = context;
  const moments = presence.spans.slice(0, 1).map(({ fromS }) => fromS + random.between(300, 1500));
  for (let cup = random.integer(0, 3); cup > 0; cup--) moments.push(someMoment(context, 9, 22) ?? Number.NaN);
  return moments.filter(Number.isFinite).map((atS) => run(atS, random.between(90, 210), random.integer(1800, 2200)));
};

const cooking: Appliance = (context) => {
  const { home, presence, random } = context;
  const blocks: PowerBlock[] = [];
  const meal = (fromHour: number, toHour: number, probability: number): void => {
    const atS = someMoment(context, fromHour, toHour);
    if (atS === undefined || !random.chance(probability)) return;
    const plate = random.integer(900, 1500) + 120 * home.people.length;
    blocks.push(...cycles({ fromS: atS, toS: atS + random.between(1000, 2400) }, random.between(100, 200), 0.5, plate));
    if (random.chance(0.25))
      blocks.push(...cycles({ fromS: atS, toS: atS + random.between(1800, 3300) }, 600, 0.55, 2100));
  };
  const rises = presence.spans[0];
  if (rises !== undefined && random.chance(0.5)) blocks.push(run(rises.fromS + random.between(600, 2400), 180, 900));
  meal(11.5, 12.8, 0.55);
  meal(17.8, 19.3, 0.85);
  return blocks;
};

const laundry: Appliance = (context) => {
  const { home, day, random } = context;
  const atS = someMoment(context, 8, 19);
  if (atS === undefined || !random.chance(Math.min(0.7, 0.1 + 0.08 * home.people.length + (day.weekend ? 0.15 : 0))))
    return [];
  const washing = programme(atS, [300, 120], [random.integer(700, 1300), 2050], [2700, 180], [420, 480]);
  const dryerFromS = atS + random.between(5000, 7000);
  return home.dryer ? [...washing, ...cycles({ fromS: dryerFromS, toS: dryerFromS + 4200 }, 420, 0.7, 1500)] : washing;
};

const dishwasher: Appliance = (context) => {
  const { home, random } = context;
  const atS = someMoment(context, 19.3, 21.8);
  if (!home.dishwasher || atS === undefined || !random.chance(0.2 + 0.13 * home.people.length)) return [];
  return programme(atS, [400, 70], [800, 2000], [1800, 70], [500, 2000], [900, 30]);
};

const cleaning: Appliance = (context) => {
  const { day, random } = context;
  const atS = someMoment(context, 9, 19);
  return atS !== undefined && random.chance(day.weekend ? 0.4 : 0.12) ? [run(atS, random.between(500, 1500), 850)] : [];
};

/** Hot water for tomorrow, heated in the cheap hours of the night. */
const boiler: Appliance = ({ home, presence, random }) => {
  if (home.boilerWatts === 0 || presence.spans.length === 0) return [];
  const wattHours = home.people.length * random.between(1100, 1700) + 700;
  return [run(random.between(1, 3) * HOUR_S, (wattHours / home.boilerWatts) * HOUR_S, home.boilerWatts)];
};

const heating: Appliance = ({ home, day, presence, random }) => {
  if (home.heating === undefined) return [];
  const { kind, watts, cycleS } = home.heating;
  const need = Math.min(1, Math.max(0, (15 - day.outdoorCelsius) / 25));
  const wholeDay = { fromS: -random.between(0, cycleS), toS: DAY_S };
  if (kind === "heat-pump") return cycles(wholeDay, cycleS, 0.05 + 0.75 * need, watts);
  return presence.spans.flatMap((span) => cycles(span, cycleS, need, watts));
};

const car: Appliance = ({ home, presence, random }) => {
  const back = presence.spans.at(-1);
  if (home.chargerWatts === 0 || back === undefined || !random.chance(0.45)) return [];
  const wattHours = random.between(3000, 16_000);
  const atS = home.chargesAtNight ? random.between(22, 23) * HOUR_S : Math.max(back.fromS, 16 * HOUR_S) + 600;
  return [run(atS, (wattHours / home.chargerWatts) * HOUR_S, home.chargerWatts)];
};

const panels: Appliance = ({ home, day }) =>
  day.sun.flatMap((sun, step) =>
    sun * home.panelPeakWatts < 1 ? [] : [run(step * SKY_STEP_S, SKY_STEP_S, -sun * home.panelPeakWatts)],
  );

/** All of them; the names are the names of their streams. */
export const APPLIANCES: Readonly<Record<string, Appliance>> = {
  standby,
  fridges,
  lighting,
  screens,
  kettle,
  cooking,
  laundry,
  dishwasher,
  cleaning,
  boiler,
  heating,
  car,
  panels,
};
