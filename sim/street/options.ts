/** What a street is made of; the command line's flags end here. */

import type { Load } from "../loads/load.ts";
import type { DesktopApp } from "./desktop-meter.ts";

/** Words of `--custody`. */
export const STREET_CUSTODIES = ["shared", "provider"] as const;

/** A street. */
export interface StreetOptions {
  /** All homes, feeder after feeder: groupCount * perGroup meters. */
  readonly load: Load;
  /** Groups behind a feeder of their own. */
  readonly groupCount: number;
  readonly perGroup: number;
  readonly kMin: number;
  /** Who holds the key: nobody, or the provider. */
  readonly custody: (typeof STREET_CUSTODIES)[number];
  /** Whether two blocks of each group make one more, without a feeder. */
  readonly tariff: boolean;
  readonly keyBits: number;
  /** OBIS codes, the import channel first. */
  readonly channels: readonly string[];
  /** The XS worker's path, or none: then meters run on Node. */
  readonly xsWorker: string | undefined;
  /** Moddable simulators instead, on the system's clock. */
  readonly desktop?: DesktopApp;
  readonly engine: string;
  readonly seed: string;
  /** A built-in fault schedule's name, or a schedule file. */
  readonly faults: string;
  /** A broker that runs already; else one is embedded. */
  readonly brokerUrl: string | undefined;
  /** mWh that flow into a group's feeder in each interval, where a file says so. */
  readonly feederEnergy: ((group: number, interval: number) => number) | undefined;
  /** An empty folder for keys, stores and logs. */
  readonly folder: string;
  /** The compiled entry of the `choir` command, for the processes of the head end. */
  readonly cli: string;
  /** `stepped` unless the street is to run on the system's clock, its first interval beginning when the load says. */
  readonly clock: "stepped" | "system";
  /** How many seconds of the load's power one second of an interval stands for; 1 where it is absent. */
  readonly hurry?: number;
}
