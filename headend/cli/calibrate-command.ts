/** `choir calibrate`: the constants of a current clamp out of what was measured with it (docs/HARDWARE.md, Current clamp: calibration). */

import type { Command } from "commander";
import { ChoirError } from "../../core/errors.ts";
import { type CalibrationPoint, calibrateClamp } from "../../firmware/clamp-calibration.ts";

/** Adds the command. */
export function addCalibrate(program: Command): void {
  program
    .command("calibrate")
    .description("Find a current clamp's constants from measurements.")
    .argument(
      "<mA=counts...>",
      "the ammeter's current and the clamp's countsRms: one without a load, two or more with one",
    )
    .action((measurements: readonly string[]) => {
      process.stdout.write(`${JSON.stringify(calibrateClamp(measurements.map(measurement)))}\n`);
    });
}

/** @throws ChoirError input_invalid. */
function measurement(text: string): CalibrationPoint {
  const [, milliAmperes, counts] = /^(\d{1,8}(?:\.\d{1,6})?)=(\d{1,4}(?:\.\d{1,17})?)$/.exec(text) ?? [];
  if (milliAmperes === undefined || counts === undefined) {
    throw new ChoirError("input_invalid", "measurement", "milliamperes=counts, like 5020=220.4", JSON.stringify(text));
  }
  return { referenceMilliAmperes: Number(milliAmperes), countsRms: Number(counts) };
}
