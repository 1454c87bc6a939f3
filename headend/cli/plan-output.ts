/** What `choir plan` says: for people line by line, for programs as one JSON object. */

import type { Move } from "../authority/planner/nearest.ts";
import type { PlannerRules, Planning } from "../authority/planner/planner.ts";

/** What is told beside the plan itself. */
export interface Told extends Planning {
  readonly rules: Pick<PlannerRules, "kMin" | "spare">;
  /** Whether there were reports to expect anything from. */
  readonly hasReports: boolean;
  /** How an existing deployment's blocks changed, and what waits. */
  readonly changes: readonly string[];
}

/** A plan as one line of JSON; every list is there, empty or not. */
export function planJson({ plan, collisions, nearest, without, rules, hasReports, changes }: Told): string {
  return JSON.stringify({
    type: collisions.length === 0 ? "plan" : "collision",
    kMin: rules.kMin,
    spare: rules.spare,
    groups: plan.groups.map(({ group, seats, feeder }) => ({ group, seats, feeder: feeder ?? null })),
    blocks: plan.blocks.map(({ block, feeder, groups, points, chanceWhole }) => ({
      block,
      feeder,
      groups,
      seats: points.length,
      chanceWhole: hasReports ? round(chanceWhole) : null,
    })),
    feeders: plan.feeders.map(({ feeder, blocks, silent, known }) => ({
      feeder,
      blocks,
      silent: silent.length,
      known: known.length,
    })),
    collisions,
    without,
    nearest: {
      lost: sum(nearest.map(({ lost }) => lost)),
      leastLost: sum(nearest.map(({ leastLost }) => leastLost)),
      moves: nearest
        .flatMap(({ moves }) => moves)
        .map((move) => ({ ...move, points: move.points.map(({ seat }) => seat) })),
    },
    changes,
  });
}

/** Which wishes collide, by how many seats, and the nearest plan. */
export function collisionLines({ collisions, nearest, without, rules }: Told): readonly string[] {
  const lost = sum(nearest.map((one) => one.lost));
  const leastLost = sum(nearest.map((one) => one.leastLost));
  const bound = lost === leastLost ? "no plan gives up fewer" : `no plan gives up fewer than ${leastLost}`;
  return [
    `These wishes collide: ${counted(collisions.length, "set")} of homes would be smaller than k_min ${rules.kMin}.`,
    ...collisions.map(({ feeder, groups, seats, short }) =>
      groups.length === 0
        ? `  behind ${feeder}: ${counted(seats, "home")} in no group: ${short} short. Its total, less its groups, would be theirs`
        : `  behind ${feeder}: ${counted(seats, "home")} in exactly ${groups.join(" + ")}: ${short} short`,
    ),
    ...without.map(({ wish, collisions: left }) =>
      left === 0
        ? `  without --group ${wish}: no collision`
        : `  without --group ${wish}: ${counted(left, "collision")} left`,
    ),
    `The nearest plan that works gives up ${counted(lost, "membership")} (${bound}):`,
    ...nearest.flatMap(({ moves }) => moves).map((move) => `  ${moveText(move)}`),
  ];
}

/** The plan itself. */
export function planLines({ plan, rules, hasReports, changes }: Told): readonly string[] {
  const { blocks, groups, feeders } = plan;
  const seats = sum(blocks.map(({ points }) => points.length));
  const sizes = blocks.map(({ points }) => points.length);
  const expected = sum(blocks.map(({ points, chanceWhole }) => points.length * chanceWhole));
  const span = blocks.length === 0 ? "" : ` of ${Math.min(...sizes)} to ${Math.max(...sizes)}`;
  const thin = blocks.filter(({ points }) => points.length < rules.kMin + rules.spare).length;
  return [
    `${counted(seats, "home")} in ${counted(blocks.length, "block")}${span}, ${counted(groups.length, "group")}.`,
    ...groups.map(
      ({ group, seats: own, feeder }) =>
        `  group ${group}: ${counted(own, "home")} in ${counted(blocks.filter((block) => block.groups.includes(group)).length, "block")}` +
        (feeder === undefined ? "" : `, measured by feeder ${feeder}`),
    ),
    ...feeders.map(({ feeder, blocks: own, silent, known }) => {
      const beside = `${counted(silent.length, "home")} in no block, ${counted(known.length, "known load")}`;
      return own === 0
        ? `  feeder ${feeder}: not planned (${beside})`
        : `  feeder ${feeder}: ${counted(own, "block")}, ${beside}`;
    }),
    ...(thin === 0 ? [] : [`  ${counted(thin, "block")} with fewer than ${rules.spare} seats to spare`]),
    ...(hasReports && seats > 0
      ? [`  in time, if each home is by itself: ${((100 * expected) / seats).toFixed(1)} % of homes in whole blocks`]
      : []),
    ...changes.map((change) => `  ${change}`),
  ];
}

function moveText({ feeder, from, to, points }: Move): string {
  const left = from.filter((group) => !to.includes(group));
  const out = to.length === 0 ? "are in no block" : `leave ${left.join(" + ")}`;
  const seats = points.map(({ seat }) => seat);
  const named = seats.length <= 3 ? seats.join(", ") : `${seats.slice(0, 2).join(", ")}, ...`;
  return `behind ${feeder}: ${counted(points.length, "home")} of ${from.join(" + ")} ${out} (${named})`;
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function round(chance: number): number {
  return Math.round(chance * 10_000) / 10_000;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
