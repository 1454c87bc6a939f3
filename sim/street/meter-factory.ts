/** Makes a street's meters of the kind that its options name: on Node, in XS engines, or in Moddable simulators. */

import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { nodeEntropy } from "../../hosts/node/primitives.ts";
import { tableOf } from "./ceremony.ts";
import { DesktopMeter } from "./desktop-meter.ts";
import type { LinkObserver } from "./faulty-uplink.ts";
import { nodeMachines, xsMachines } from "./machines.ts";
import type { StreetOptions } from "./options.ts";
import type { StreetParty } from "./setting-up.ts";
import { StreetMeter, type StreetMeterOptions } from "./street-meter.ts";
import type { StreetTime } from "./virtual-time.ts";
import type { Wire, WireRun } from "./wire.ts";

/** What the meters are made for. */
export interface MeterSurroundings {
  readonly options: StreetOptions;
  readonly time: StreetTime;
  readonly brokerUrl: string;
  readonly run: WireRun;
  /** Told of what a meter of stepped time sends and receives. */
  readonly observer: (meter: string) => LinkObserver;
  /** Told of each meter to which faults can be done. */
  readonly faultable: (meter: StreetMeter) => void;
  readonly onFailure: (error: unknown) => void;
}

export type MakeMeter = (id: string, wires: ReadonlyMap<string, Wire>) => StreetParty;

/** What a street's meters run on, as `--host` names it. */
export function hostOf({ desktop, xsWorker }: Pick<StreetOptions, "desktop" | "xsWorker">): "desktop" | "xs" | "node" {
  if (desktop !== undefined) return "desktop";
  return xsWorker === undefined ? "node" : "xs";
}

/** The factory of one run; the deployment must be made. */
export async function meterFactory(surroundings: MeterSurroundings): Promise<MakeMeter> {
  const { options, time, brokerUrl, run, onFailure } = surroundings;
  const { folder, desktop } = options;
  const file = tableOf(folder);
  const note = (line: string): void => appendFileSync(join(folder, "meters.log"), `${line}\n`);
  if (desktop !== undefined) {
    const shared = {
      desktop,
      folder,
      brokerUrl,
      table: file.table,
      run,
      nowMs: () => time.nowMs(),
      log: (meter: string, line: string) => note(`${meter} ${line}`),
      onFailure,
    };
    return (id, wires) => new DesktopMeter(id, wires, { ...shared, scheduler: time.scheduler() });
  }
  const track = (work: Promise<unknown>): void => time.track(work);
  const machine =
    options.xsWorker === undefined
      ? nodeMachines(file)
      : await xsMachines(options.xsWorker, file, folder, track, onFailure);
  const shared: StreetMeterOptions = {
    time,
    brokerUrl,
    machine,
    entropy: nodeEntropy,
    uniform,
    log: (meter) => ({
      info: (text) => note(`info ${meter} ${text}`),
      warn: (text) => note(`warn ${meter} ${text}`),
    }),
    startUtcMs: options.load.startUtcMs,
  };
  return (id, wires) => {
    const meter = new StreetMeter(id, wires, shared, surroundings.observer(id));
    surroundings.faultable(meter);
    return meter;
  };
}

/** A number in 0 <= u < 1. */
function uniform(): number {
  const word = new Uint8Array(4);
  nodeEntropy.fill(word);
  return new DataView(word.buffer).getUint32(0) / 2 ** 32;
}
