#!/usr/bin/env node
/** The `choir` command: one door to the street, the head end's processes and the authority. */

import { Command } from "commander";
import { ChoirError } from "../../core/errors.ts";
import { addAuthority } from "./authority-commands.ts";
import { addCalibrate } from "./calibrate-command.ts";
import { addEnrol } from "./enrol-command.ts";
import { addPlan } from "./plan-command.ts";
import { addProvision } from "./provision-command.ts";
import { addPublish } from "./publish-command.ts";
import { addServices } from "./service-commands.ts";
import { addStreet } from "./street-command.ts";
import { addTrustee } from "./trustee-commands.ts";

const program = new Command("choir")
  .description("Private sums of smart meters: the utility hears the choir, never a voice.")
  .configureOutput({ outputError: (text, write) => write(`choir: ${oneLine(text)} (input_invalid)\n`) })
  .enablePositionalOptions();
addStreet(program);
addServices(program);
addPlan(program);
addAuthority(program);
addEnrol(program);
addProvision(program);
addPublish(program);
addCalibrate(program);
addTrustee(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ChoirError || isSystemError(error))) throw error;
  process.stderr.write(`choir: ${error.message}\n`);
  process.exitCode = 1;
  // a parent that steps a service would otherwise wait for a word of it
  if (process.connected) process.disconnect();
}

/** The parser's complaint as one line, its advice included. */
function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ");
}

/** A folder that may not be written, a full disk: what the system refuses is no fault of the program. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
