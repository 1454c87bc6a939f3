/** A pseudo-terminal whose other end is a TCP port, by socat: a serial port without a cable. Where socat is not installed its tests are skipped, in one printed line; with CI=true they fail instead. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";

const BINARY = "socat";
const TRIES = 400;
const TRY_MS = 25;

/** A serial port. */
export interface PseudoTerminal {
  readonly path: string;
  /** The adapter is pulled out of the computer. */
  unplug(): Promise<void>;
}

/** A describe block that needs a pseudo-terminal. */
export function describeWithTerminals(what: string, tests: () => void): void {
  if (spawnSync(BINARY, ["-V"]).status === 0) describe(what, tests);
  else if (process.env["CI"] === "true") test(`${BINARY} is installed, for ${what}`, () => expect(false).toBe(true));
  else process.stderr.write(`${what}: skipped: ${BINARY} is not installed (Debian: ${BINARY})\n`);
}

/** Makes the terminal `path`, joined to `tcp://host:port`. It is not raw until somebody sets it so, as no serial port is. */
export async function openTerminal(path: string, tcp: string): Promise<PseudoTerminal> {
  const { hostname, port } = new URL(tcp);
  const socat = spawn(BINARY, [`PTY,link=${path},wait-slave`, `TCP:${hostname}:${port}`], { stdio: "ignore" });
  const ended = once(socat, "exit");
  for (let i = 0; i < TRIES && !existsSync(path); i++) await setTimeout(TRY_MS);
  return {
    path,
    unplug: async () => {
      socat.kill();
      await ended;
    },
  };
}
