/** The arguments of `npm run build:esp32` and `npm run flash:esp32`. */

import { parseArgs } from "node:util";
import { ChoirError } from "../../../core/errors.ts";
import type { Goal } from "../../moddable/runner/sdk.ts";
import { CHIPS, type Chip } from "./image.ts";

/** Ports that a board may have for its console (manifest.json, `consoles`). */
const CONSOLES = ["uart0", "uart1", "usb"] as const;

/** What the two commands are told. */
export interface BoardArguments {
  readonly chip: Chip;
  readonly goal: Goal;
  /** The serial port; without one the tools look for a board. */
  readonly port: string | undefined;
  /** A file in PEM with the key that this image takes updates from; without one it takes none. */
  readonly updateKey: string | undefined;
  /** Which of the board's ports is the console. */
  readonly console: string;
}

/** @throws ChoirError input_invalid. */
export function readArguments(words: readonly string[]): BoardArguments {
  const { values } = parse(words);
  const chip = CHIPS.find((one) => one === values.subplatform);
  if (chip === undefined) throw wrong("--subplatform", CHIPS.join(", "), `${values.subplatform}`);
  // a debug build's first port is the debugger's
  const console = CONSOLES.find((one) => one === (values.console ?? (values.debug ? "uart1" : "uart0")));
  if (console === undefined) throw wrong("--console", CONSOLES.join(", "), `${values.console}`);
  return {
    ...{ chip, console, port: values.port, updateKey: values["update-key"] },
    goal: values.debug ? "debug" : "release",
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        subplatform: { type: "string", default: "esp32" },
        debug: { type: "boolean", default: false },
        port: { type: "string" },
        console: { type: "string" },
        "update-key": { type: "string" },
      },
    });
  } catch (error) {
    // parseArgs throws nothing but errors
    throw wrong("arguments", "--subplatform, --debug, --port, --console, --update-key", (error as Error).message);
  }
}

function wrong(name: string, expected: string, got: string): ChoirError {
  return new ChoirError("input_invalid", name, expected, got);
}
