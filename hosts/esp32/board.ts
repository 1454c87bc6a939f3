/** The board as the build describes it (manifest.json, `config`): which pins are wired to what. */

import config from "mc/config";
import { ChoirError } from "../../core/errors.ts";

/** A status light: a plain one, or one of the kind that is told its colour (WS2812). */
export interface LightWiring {
  readonly pin: number;
  readonly kind: "plain" | "rgb";
}

/** A serial port of the chip for the console. */
export interface ConsoleWiring {
  /** Of a UART; -1 for the chip's own USB. */
  readonly port: number;
  readonly transmit: number;
  readonly receive: number;
}

/** Pins by use. */
export interface Wiring {
  readonly chip: string;
  /** Pulse inputs in the order of their numbers. */
  readonly pulses: readonly number[];
  /** Analog inputs in the order of their numbers. */
  readonly clamps: readonly number[];
  readonly light: LightWiring | undefined;
  readonly button: number | undefined;
  readonly console: ConsoleWiring;
}

/** What a build must say; mcconfig freezes it into the image. */
interface BoardConfig {
  readonly chip: string;
  readonly pulses: readonly number[];
  readonly clamps: readonly number[];
  readonly light?: LightWiring;
  readonly button?: number;
  readonly consoles: Readonly<Record<string, ConsoleWiring>>;
}

/** @throws ChoirError config_invalid for a console that the board has not. */
export function readWiring(): Wiring {
  // the manifest of this very build
  const { chip, pulses, clamps, light, button, consoles } = config["board"] as BoardConfig;
  const name = `${config["console"]}`;
  const console = consoles[name];
  if (console === undefined) throw new ChoirError("config_invalid", "console", Object.keys(consoles).join(", "), name);
  return { chip, pulses, clamps, light, button, console };
}

/** The Ed25519 key that updates must be signed with, in hex; undefined in an image that takes none. */
export function updateKey(): string | undefined {
  const key = config["updateKey"];
  return typeof key === "string" && key !== "" ? key : undefined;
}
