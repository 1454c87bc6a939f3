/**
 * The conformance suite of the ports (ARCHITECTURE.md, ports): what every host must do, run on the host itself. It knows the ports and the
 * rig around the host, and nothing else: no test framework, no platform, so that an engine or a board runs it as it is.
 */

import type { Host } from "../../../firmware/host.ts";
import { type Case, deadline, describeFailure, LinkDiary, type Result } from "./case.ts";
import { arithmeticCases } from "./cases/arithmetic.ts";
import { counterCases, countsFromZero } from "./cases/counter.ts";
import { entropyCases, entropyIsNotThatOfBefore } from "./cases/entropy.ts";
import { logCases } from "./cases/log.ts";
import { primitiveCases } from "./cases/primitives.ts";
import { samplerCases } from "./cases/sampler.ts";
import { schedulerCases } from "./cases/scheduler.ts";
import { keepWriting, storeAfterPowerCut, storeCases } from "./cases/store.ts";
import { tableCases } from "./cases/table.ts";
import { textCases } from "./cases/text.ts";
import { timeCases } from "./cases/time.ts";
import { uplinkCases } from "./cases/uplink.ts";
import type { World } from "./world.ts";

/** What is promised of a machine's first boot, in the order in which it is tried. */
export const FIRST_BOOT: readonly Case[] = [
  ...primitiveCases,
  ...textCases,
  ...arithmeticCases,
  ...tableCases,
  ...timeCases,
  ...logCases,
  ...entropyCases,
  ...counterCases,
  ...samplerCases,
  ...storeCases,
  ...schedulerCases,
  ...uplinkCases,
];

/** What is promised of the boot after a power cut. */
export const AFTER_POWER_CUT: readonly Case[] = [countsFromZero, entropyIsNotThatOfBefore, ...storeAfterPowerCut];

/**
 * Runs the cases of this boot, and reports each. After those of the first the machine goes on writing to its store, so that the power cut which
 * the rig then makes comes in the middle of something.
 * @param more cases of this kind of machine alone, at its first boot
 */
export async function runConformance(host: Host, world: World, more: readonly Case[] = []): Promise<void> {
  const isFirst = await world.isFirstBoot();
  const cases = isFirst ? [...FIRST_BOOT, ...more] : AFTER_POWER_CUT;
  const bench = { host, world, diary: new LinkDiary() };
  for (const { name, run } of cases) await world.report(await tried(host, name, run(bench)));
  if (isFirst) keepWriting(host);
  await world.finish();
}

async function tried(host: Host, name: string, work: Promise<void>): Promise<Result> {
  try {
    await deadline(host, work);
    return { name, ok: true, detail: "" };
  } catch (error) {
    return { name, ok: false, detail: describeFailure(error) };
  }
}
