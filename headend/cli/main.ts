#!/usr/bin/env node
/** The `choir` command: one door to the street, the head end's processes and the authority. */

import { Command } from "commander";
import { ChoirError } from "../../core/errors.ts";
import { addAuthority } from "./authority-commands.ts";
import { addServices } from "./service-commands.ts";
import { addStreet } from "./street-command.ts";

const program = new Command("choir")
  .description("Private sums of smart meters: the utility hears the choir, never a voice.")
  .showHelpAfterError("(choir --help, or choir COMMAND --help, tells what can be said)")
  .enablePositionalOptions();
addStreet(program);
addServices(program);
addAuthority(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ChoirError)) throw error;
  process.stderr.write(`choir: ${error.message}\n`);
  process.exitCode = 1;
}
