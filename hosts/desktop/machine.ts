/** What this computer is told about the meter it stands for: `machine.json` in the folder that CHOIR_METER names. */

import { ChoirError } from "../../core/errors.ts";
import { CLOCK_QUALITIES, type ClockQuality } from "../../core/meter-words.ts";
import type { Broker } from "../../core/wire/reach.ts";
import { files, system } from "./native.ts";
import type { Waveform } from "./waveform.ts";

/** The environment variable that names the meter's folder. */
const FOLDER_VARIABLE = "CHOIR_METER";
/** At more, a window would have more samples than are exact. */
const MOST_SAMPLES_PER_SECOND = 100_000;

/** The folder's files. */
export interface MachineFiles {
  /** Settings as firmware/settings.ts encodes them, from a controller; where it is absent the meter is provisioned over its console. */
  readonly settings: string;
  /** The comb table of the key; absent on a feeder. */
  readonly table: string;
  /** What the meter keeps, a folder. */
  readonly store: string;
}

/** `machine.json`. */
export interface Machine {
  readonly files: MachineFiles;
  readonly broker: Pick<Broker, "host" | "port"> & Partial<Pick<Broker, "user" | "password">>;
  /** OBIS codes that have a pulse input. */
  readonly channels: readonly string[];
  /** Replay files by OBIS code; the other channels are moved by hand. */
  readonly replay: ReadonlyMap<string, string>;
  /** What the current clamps of channels see, by OBIS code. */
  readonly waveforms: ReadonlyMap<string, Waveform>;
  readonly quality: ClockQuality;
  /** Seconds that pass in one. */
  readonly speed: number;
  /** Port of a controller on this computer. */
  readonly control: number | undefined;
}

/** @throws ChoirError config_invalid. */
export function readMachine(): Machine {
  const folder = system.environment(FOLDER_VARIABLE);
  if (folder === undefined) throw wrong(FOLDER_VARIABLE, "the folder of a meter in the environment", "nothing");
  const path = `${folder}/machine.json`;
  const bytes = files.read(path);
  if (bytes === undefined) throw wrong(path, "a file", "none");
  const json = asObject(JSON.parse(String.fromArrayBuffer(bytes)), path);
  const broker = asObject(json["broker"], "broker");
  const replay = new Map<string, string>();
  for (const [obis, name] of Object.entries(asObject(json["replay"] ?? {}, "replay"))) {
    replay.set(obis, `${folder}/${asText(name, `replay.${obis}`)}`);
  }
  const waveforms = new Map<string, Waveform>();
  for (const [obis, value] of Object.entries(asObject(json["waveform"] ?? {}, "waveform"))) {
    const name = `waveform.${obis}`;
    const waveform = asObject(value, name);
    waveforms.set(obis, {
      path: `${folder}/${asText(waveform["file"], `${name}.file`)}`,
      samplesPerSecond: asNumber(waveform["samplesPerSecond"], `${name}.samplesPerSecond`, MOST_SAMPLES_PER_SECOND),
    });
  }
  const channels = json["channels"];
  if (!Array.isArray(channels)) throw wrong("channels", "a list of OBIS codes", typeof channels);
  const quality = CLOCK_QUALITIES.find((one) => one === (json["quality"] ?? "synced"));
  if (quality === undefined) throw wrong("quality", CLOCK_QUALITIES.join(" or "), "something else");
  return {
    files: { settings: `${folder}/settings.cbor`, table: `${folder}/table`, store: `${folder}/store` },
    broker: { host: asText(broker["host"], "broker.host"), port: asNumber(broker["port"], "broker.port", 65_535) },
    channels: channels.map((obis: unknown) => asText(obis, "channels")),
    replay,
    waveforms,
    quality,
    speed: asNumber(json["speed"] ?? 1, "speed", 1000),
    control: json["control"] === undefined ? undefined : asNumber(json["control"], "control", 65_535),
  };
}

function asObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw wrong(name, "an object", typeof value);
  // an object's own fields are unknown until each is looked at
  return value as Readonly<Record<string, unknown>>;
}

function asText(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "") throw wrong(name, "text", typeof value);
  return value;
}

function asNumber(value: unknown, name: string, most: number): number {
  if (typeof value !== "number" || !(value > 0) || value > most) throw wrong(name, `above 0, to ${most}`, `${value}`);
  return value;
}

function wrong(name: string, expected: string, got: string): ChoirError {
  return new ChoirError("config_invalid", name, expected, got);
}
