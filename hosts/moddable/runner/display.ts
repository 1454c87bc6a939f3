/** A display for the simulator's window: the one that there is, or a virtual one (Xvfb) while it is needed. */

import { spawn } from "node:child_process";
import { ChoirError } from "../../../core/errors.ts";

/** A display, by the name that X clients look for. */
export interface Display {
  /** Undefined where windows need no name. */
  readonly name: string | undefined;
  stop(): void;
}

/** @throws (rejects) ChoirError engine_absent when there is neither a display nor Xvfb. */
export async function openDisplay(environment: NodeJS.ProcessEnv = process.env): Promise<Display> {
  const given = environment["DISPLAY"];
  if (process.platform !== "linux" || (given !== undefined && given !== "")) return { name: given, stop: () => {} };
  // Xvfb chooses a free number itself and writes it to the descriptor that it is given
  const server = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const number = await new Promise<string>((resolve, reject) => {
    const absent = (): void => {
      reject(new ChoirError("engine_absent", "display", "DISPLAY in the environment, or Xvfb on the path", "neither"));
    };
    server.once("error", absent);
    server.once("exit", absent);
    server.stdout.once("data", (bytes: Buffer) => resolve(bytes.toString().trim()));
  });
  return { name: `:${number}`, stop: () => server.kill() };
}
