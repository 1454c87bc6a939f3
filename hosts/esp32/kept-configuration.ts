/** What the app keeps of a configuration: the signed files in it would take the room of the meter's work. */

import { ChoirError } from "../../core/errors.ts";
import type { Configuration } from "../../core/wire/configuration.ts";
import type { Provisioning } from "../../firmware/provisioning.ts";
import type { Machine } from "./machine.ts";

/** All but the files, and what the meter reads once. */
export type KeptConfiguration = Pick<Configuration, "meter" | "broker" | "wifi" | "timeServers" | "sensors">;

/** The configuration in force, undefined where there is none; the error of one that cannot be used is told, and the board waits for another. */
export function readConfiguration(
  provisioning: Provisioning,
  machine: Pick<Machine, "check">,
): KeptConfiguration | undefined | ChoirError {
  try {
    const configuration = provisioning.current();
    // the image may have changed since
    if (configuration !== undefined) machine.check(configuration);
    return configuration && keptOf(configuration);
  } catch (error) {
    if (error instanceof ChoirError) return error;
    throw error;
  }
}

/** Apart from the file that it came in, of which bytes may be views. */
function keptOf({ meter, broker, wifi, timeServers, sensors }: Configuration): KeptConfiguration {
  const authorities = broker.authorities?.map((one) => one.slice());
  return { meter, broker: { ...broker, authorities }, wifi, timeServers, sensors };
}
