/** Who is at home and awake, person by person and day by day: what most appliances wait for. */

import type { Random } from "../random.ts";
import { stream } from "../random.ts";
import { DAY_S } from "./power-curve.ts";
import type { Day } from "./sky.ts";

/** What takes a person out of the house on workdays. */
export type Routine = "work" | "part-time" | "school" | "none";

/** Someone who lives in a home: usual hours, in seconds after midnight; days differ around them. */
export interface Person {
  readonly routine: Routine;
  readonly wakesS: number;
  readonly sleepsS: number;
}

/** A stretch of the day, in seconds after midnight. */
export interface Span {
  readonly fromS: number;
  readonly toS: number;
}

/** One day of a home's people. */
export interface Presence {
  /** When somebody is at home and awake: disjoint, in order, none on a day away. */
  readonly spans: readonly Span[];
  /** How many are. */
  countAt(secondOfDay: number): number;
}

const HOUR_S = 3600;

/** Hours out of the house, by routine, on a workday. */
const OUT_HOURS: Readonly<Record<Routine, readonly [from: number, to: number] | undefined>> = {
  work: [7.6, 17.2],
  "part-time": [8.2, 12.7],
  school: [7.8, 15.4],
  none: undefined,
};

/** The people of a home: one to five of them. */
export function drawPeople(random: Random): Person[] {
  const count = random.pick([1, 1, 2, 2, 2, 3, 4, 4, 5]);
  return Array.from({ length: count }, (_, i): Person => {
    const child = i >= 2;
    const routine = child ? "school" : random.pick<Routine>(["work", "work", "part-time", "none"]);
    const wakesS = random.between(5.8, routine === "none" ? 8.2 : 7) * HOUR_S;
    return { routine, wakesS, sleepsS: random.between(child ? 20.5 : 22, child ? 22 : 23.5) * HOUR_S };
  });
}

function daySpans(person: Person, day: Day, random: Random): Span[] {
  const wakesS = person.wakesS + (random.between(-0.3, 0.3) + (day.weekend ? random.between(0.5, 2) : 0)) * HOUR_S;
  const sleepsS = Math.min(DAY_S, person.sleepsS + random.between(-0.4, 0.5) * HOUR_S);

  let out = day.weekend ? undefined : OUT_HOURS[person.routine];
  if (out === undefined && random.chance(day.weekend ? 0.6 : 0.7)) {
    const leaves = random.between(9, 16);
    out = [leaves, leaves + random.between(0.7, 4)];
  }
  if (out === undefined) return [{ fromS: wakesS, toS: sleepsS }];
  const leavesS = (out[0] + random.between(-0.4, 0.4)) * HOUR_S;
  const returnsS = (out[1] + random.between(-0.4, 0.9)) * HOUR_S;
  return [
    { fromS: wakesS, toS: leavesS },
    { fromS: Math.max(wakesS, returnsS), toS: sleepsS },
  ].filter(({ fromS, toS }) => fromS < toS);
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.fromS - b.fromS)) {
    const last = result.at(-1);
    if (last !== undefined && span.fromS <= last.toS) {
      result[result.length - 1] = { fromS: last.fromS, toS: Math.max(last.toS, span.toS) };
    } else {
      result.push(span);
    }
  }
  return result;
}

/** The day of a home's people. About one week in thirty they are all away. */
export function presenceOn(seed: string, meter: string, people: readonly Person[], day: Day): Presence {
  const week = Math.floor((day.number + 3) / 7);
  const away = stream(seed, "home", meter, "week", week).chance(1 / 30);
  const each = away
    ? []
    : people.flatMap((person, i) => daySpans(person, day, stream(seed, "home", meter, "person", i, day.number)));
  return {
    spans: merged(each),
    countAt: (secondOfDay) => each.filter(({ fromS, toS }) => fromS <= secondOfDay && secondOfDay < toS).length,
  };
}
