/** The arguments of `npm run build:esp32` and `npm run flash:esp32`. */

import { parseArgs } from "node:util";
import { ChoirError } from "../../../core/errors.ts";
import type { Goal } from "../../moddable/runner/sdk.ts";
import { CHIPS, type Chip } from "./image.ts";

const KEY_HEX_DIGITS = 64;

/** What the two commands are told. */
export interface BoardArguments {
  readonly chip: Chip;
  readonly goal: Goal;
  /** The serial port; without one the tools look for a board. */
  readonly port: string | undefined;
  /** The Ed25519 key, in hex, that this image takes updates from. */
  readonly updateKey: string | undefined;
}

/** @throws ChoirError input_invalid. */
export function readArguments(words: readonly string[]): BoardArguments {
  const { values } = parse(words);
  const chip = CHIPS.find((one) => one === values.subplatform);
  if (chip === undefined) throw wrong("--subplatform", CHIPS.join(", "), `${values.subplatform}`);
  const updateKey = values["update-key"];
  if (updateKey !== undefined && !isKey(updateKey)) throw wrong("--update-key", "64 hex digits", updateKey);
  return { chip, goal: values.debug ? "debug" : "release", port: values.port, updateKey };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        subplatform: { type: "string", default: "esp32" },
        debug: { type: "boolean", default: false },
        port: { type: "string" },
        "update-key": { type: "string" },
      },
    });
  } catch (error) {
    // parseArgs throws nothing but errors
    throw wrong("arguments", "--subplatform, --debug, --port, --update-key", (error as Error).message);
  }
}

function isKey(text: string): boolean {
  return text.length === KEY_HEX_DIGITS && /^[0-9a-f]+$/.test(text);
}

function wrong(name: string, expected: string, got: string): ChoirError {
  return new ChoirError("input_invalid", name, expected, got);
}
