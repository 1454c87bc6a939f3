/** The arguments of `npm run test:hil`: a board on a serial port, or a chip in the emulator. */

import { networkInterfaces } from "node:os";
import { parseArgs } from "node:util";
import { ChoirError } from "../../../core/errors.ts";
import { Password } from "../../../core/password.ts";
import type { Wifi } from "../../../core/wire/reach.ts";
import { CHIPS, type Chip } from "./image.ts";

const USAGE =
  "--port PORT or --qemu PATH, --memory, --subplatform CHIP, --no-flash, --broker-host ADDRESS, --wifi SSID, --json, --trace";
/** Where the password of the bench's radio network is: a command line is for everybody to read. */
const WIFI_PASSWORD = "CHOIR_WIFI_PASSWORD";

/** What is tried. */
export type BenchSubject =
  | {
      readonly kind: "board";
      readonly port: string;
      readonly flash: boolean;
      readonly brokerHost: string;
      readonly wifi: Wifi;
    }
  | {
      readonly kind: "emulator";
      readonly path: string;
      /** The memory of the meter's own image is measured, instead of the bench's steps. */
      readonly memory: boolean;
    };

export interface BenchArguments {
  readonly chip: Chip;
  readonly subject: BenchSubject;
  /** One object a step on standard output. */
  readonly json: boolean;
  /** The machine's lines on standard error. */
  readonly trace: boolean;
}

/** @throws ChoirError input_invalid. */
export function readBenchArguments(words: readonly string[], environment: NodeJS.ProcessEnv): BenchArguments {
  const { values } = parse(words);
  const { port, qemu, json, trace } = values;
  if ((port === undefined) === (qemu === undefined)) throw wrong("arguments", USAGE, "none of the two, or both");
  const name = values.subplatform ?? (qemu === undefined ? "esp32" : "esp32c3");
  const chip = CHIPS.find((one) => one === name);
  if (chip === undefined) throw wrong("--subplatform", CHIPS.join(", "), name);
  const { memory } = values;
  if (qemu !== undefined) return { chip, subject: { kind: "emulator", path: qemu, memory }, json, trace };
  if (memory) throw wrong("--memory", "an emulated chip, whose debugger this is", "a board");
  const { wifi: ssid } = values;
  if (ssid === undefined) {
    throw wrong("--wifi", `the network that the board joins, its password in ${WIFI_PASSWORD}`, "none");
  }
  const password = environment[WIFI_PASSWORD];
  const wifi = { ssid, password: password === undefined ? undefined : new Password(password) };
  const brokerHost = values["broker-host"] ?? ownAddress();
  // one of the two is there
  const subject = { kind: "board", port: port as string, flash: !values["no-flash"], brokerHost, wifi } as const;
  return { chip, subject, json, trace };
}

/** This computer's first address that others can reach. @throws ChoirError input_invalid. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const found = all.find(({ family, internal }) => family === "IPv4" && !internal);
  if (found === undefined) throw wrong("--broker-host", "this computer's address in the board's network", "none");
  return found.address;
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        port: { type: "string" },
        qemu: { type: "string" },
        memory: { type: "boolean", default: false },
        subplatform: { type: "string" },
        "no-flash": { type: "boolean", default: false },
        "broker-host": { type: "string" },
        wifi: { type: "string" },
        json: { type: "boolean", default: false },
        trace: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    // parseArgs throws nothing but errors
    throw wrong("arguments", USAGE, (error as Error).message);
  }
}

function wrong(name: string, expected: string, got: string): ChoirError {
  return new ChoirError("input_invalid", name, expected, got);
}
