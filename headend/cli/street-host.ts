/** What a street's meters run on: XS engines, Node, or Moddable simulators, and what each means for the run's time. */

import { ChoirError } from "../../core/errors.ts";
import { openDisplay } from "../../hosts/moddable/runner/display.ts";
import { buildApp, findSdk } from "../../hosts/moddable/runner/sdk.ts";
import { engineVersion, xsWorkerPath } from "../../hosts/xs/engine.ts";
import type { Load } from "../../sim/loads/load.ts";
import type { StreetOptions } from "../../sim/street/options.ts";

/** Words of `--host`. */
export const STREET_HOSTS = ["xs", "node", "desktop"] as const;
export type StreetHostName = (typeof STREET_HOSTS)[number];

/** An interval of a street of simulators, in ms of the system's clock: they cannot be stepped. */
const DESKTOP_INTERVAL_MS = 10_000;
/** How long the set-up may take before the first interval begins: the head end, and each simulator. */
const SET_UP_MS = { headEnd: 15_000, meter: 4_000 } as const;

/** The options that a host decides, the load as it plays it, and how to let go of it. */
export interface StreetHost {
  readonly options: Pick<StreetOptions, "xsWorker" | "desktop" | "engine" | "clock" | "hurry">;
  readonly load: Load;
  close(): void;
}

/**
 * XS where it is installed, unless another host is asked for.
 * @param feeders meters beside the load's
 * @throws (rejects) ChoirError engine_absent when a host is asked for that is not there, input_invalid for faults that it cannot play.
 */
export async function chooseHost(
  name: StreetHostName | undefined,
  load: Load,
  feeders: number,
  faults: string,
): Promise<StreetHost> {
  if (name === "desktop") return desktopHost(load, feeders, faults);
  const stepped = (xsWorker: string | undefined, engine: string): StreetHost => ({
    options: { xsWorker, engine, clock: "stepped" },
    load,
    close: () => {},
  });
  const node = stepped(undefined, `Node ${process.versions.node}`);
  if (name === "node") return node;
  const worker = xsWorkerPath();
  if (worker !== undefined) return stepped(worker, engineVersion(worker));
  const cure = "a C compiler and make at `npm ci`, which then builds the optional package @agoric/xsnap";
  if (name === "xs") throw new ChoirError("engine_absent", "--host xs", cure, "no XS engine");
  process.stderr.write(`choir: no XS engine here, so the meters run on Node; it takes ${cure}\n`);
  return node;
}

/** Simulators on the system's clock, with the load's energies in intervals of 10 seconds, which stand for the load's own. */
async function desktopHost(load: Load, feeders: number, faults: string): Promise<StreetHost> {
  if (faults !== "none") {
    throw new ChoirError(
      "input_invalid",
      "--faults",
      "none with --host desktop, which keeps the system's time",
      faults,
    );
  }
  const sdk = findSdk();
  process.stderr.write(
    `choir: meters in the Moddable simulator, on the system's clock: ${DESKTOP_INTERVAL_MS / 1000} s stand for ${load.intervalMs / 1000} s\n`,
  );
  const app = buildApp(sdk, "debug");
  const display = await openDisplay();
  const readyMs = Date.now() + SET_UP_MS.headEnd + SET_UP_MS.meter * (load.meters.length + feeders);
  return {
    options: {
      xsWorker: undefined,
      desktop: { sdk, app, display: display.name },
      engine: "XS in the Moddable simulator",
      clock: "system",
      hurry: load.intervalMs / DESKTOP_INTERVAL_MS,
    },
    load: {
      ...load,
      intervalMs: DESKTOP_INTERVAL_MS,
      startUtcMs: Math.ceil(readyMs / DESKTOP_INTERVAL_MS) * DESKTOP_INTERVAL_MS,
    },
    close: () => display.stop(),
  };
}
