/** The stand-in of a board: the desktop host's app with the bench's words, on a pseudo-terminal; a power cut is a SIGKILL. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OBIS_IMPORT } from "../../../../core/names.ts";
import { SimulatedMeter } from "../../../desktop/runner/simulated-meter.ts";
import { ConsoleBridge } from "../../../moddable/runner/console-bridge.ts";
import type { Sdk } from "../../../moddable/runner/sdk.ts";
import { openTerminal, type PseudoTerminal } from "../../../tests/pseudo-terminal.ts";
import type { BenchPower } from "../../runner/hil-power.ts";

/** Folder of the app, whose manifest.json is built. */
export const STAND_IN = "hosts/desktop/tests/bench";

export interface StandInOptions {
  readonly sdk: Sdk;
  readonly app: string;
  readonly display: string | undefined;
  readonly folder: string;
  /** The deliberate fault: each so many-th pulse is lost. */
  readonly loseEvery?: number;
}

/** A stand-in with power, on a serial port. */
export async function standIn({ sdk, app, display, folder, loseEvery }: StandInOptions): Promise<BenchPower> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "bench.json"), JSON.stringify({ loseEvery }));
  const machine = { broker: { host: "127.0.0.1", port: 1 }, channels: [OBIS_IMPORT] };
  const onLine = (line: string): void => bridge.say(line);
  const meter = await SimulatedMeter.prepare({ sdk, app, display, folder, machine, onLine });
  const bridge: ConsoleBridge = await ConsoleBridge.open(0, (line) => meter.tell(line));
  const path = join(folder, "tty");
  let terminal: PseudoTerminal | undefined;
  // the terminal goes when its port is closed, as that of an adapter that is pulled out
  const plug = async (): Promise<void> => {
    await terminal?.unplug();
    terminal = await openTerminal(path, bridge.address);
  };
  await meter.powerOn();
  await plug();
  return {
    console: path,
    cut: async () => {
      await meter.cutPower();
      await meter.powerOn();
      await plug();
    },
    close: async () => {
      await meter.close();
      bridge.close();
      await terminal?.unplug();
    },
  };
}
