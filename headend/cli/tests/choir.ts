/** The `choir` command as a child process, in a temporary folder of its own that must be empty afterwards. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The compiled entry of the command. */
export const cli = fileURLToPath(new URL("../main.js", import.meta.url));

/** How the command ended. */
export interface Ended {
  /** Exit status; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it left in the folder for temporary files. */
  readonly leftBehind: readonly string[];
}

/** What is done to a run beyond its arguments. */
export interface Circumstances {
  /** An ES module that every process of the run loads first. */
  readonly preload?: string;
  /** Told when the command has printed its first line on stdout. */
  readonly onFirstLine?: (command: ChildProcess) => void;
}

/** Runs `choir` with these arguments to its end. */
export async function choir(args: readonly string[], circumstances: Circumstances = {}): Promise<Ended> {
  const { preload, onFirstLine } = circumstances;
  const folder = mkdtempSync(join(tmpdir(), "choir-test-"));
  const options =
    preload === undefined ? {} : { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` };
  const command = spawn(process.execPath, [cli, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: folder, ...options },
  });
  let stdout = "";
  let stderr = "";
  command.stdout.setEncoding("utf8").on("data", (text: string) => {
    const isFirst = !stdout.includes("\n");
    stdout += text;
    if (isFirst && stdout.includes("\n")) onFirstLine?.(command);
  });
  command.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => command.once("close", resolve));
  const leftBehind = readdirSync(folder);
  rmSync(folder, { recursive: true, force: true });
  return { code, stdout, stderr, leftBehind };
}

/** Arguments of a street that is small enough to run many of. */
export function smallStreet(...more: readonly string[]): readonly string[] {
  return ["street", "--json", "--host", "node", "--key-bits", "2048", "--k-min", "3", ...more];
}
