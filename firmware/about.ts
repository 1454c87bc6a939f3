/** Which firmware this is, and what it is provisioned with: what a machine tells whoever asks its console. */

import { ChoirError } from "../core/errors.ts";
import type { Provisioning } from "./provisioning.ts";
import { FIRMWARE_VERSION } from "./version.ts";

/** What a machine says of itself; no secret, no reading. */
export interface About {
  readonly firmware: string;
  readonly host: string;
  /** Of the configuration in force; null on a machine that has none. */
  readonly meter: string | null;
  readonly configuration: number | null;
  /** Why the configuration cannot be read, a code; null where it can, or where there is none. */
  readonly fault: string | null;
}

/** @param host the machine's kind, like `esp32c3` */
export function aboutMachine(host: string, provisioning: Provisioning): About {
  const firmware = FIRMWARE_VERSION;
  try {
    const current = provisioning.current();
    return { firmware, host, meter: current?.meter ?? null, configuration: current?.version ?? null, fault: null };
  } catch (error) {
    if (!(error instanceof ChoirError)) throw error;
    return { firmware, host, meter: null, configuration: null, fault: error.code };
  }
}
