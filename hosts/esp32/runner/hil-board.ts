/** A board on a serial port: its power cut is a reset by the port's modem lines, which esptool pulls. */

import { spawnSync } from "node:child_process";
import { ChoirError } from "../../../core/errors.ts";
import type { BenchPower } from "./hil-power.ts";

const WHERE_TO_READ = "docs.espressif.com/projects/esptool: it comes with ESP-IDF";

/** How esptool is started: by its name, or as a module of the Python that ESP-IDF installed. */
export function findEsptool(environment: NodeJS.ProcessEnv): readonly string[] {
  const python = environment["IDF_PYTHON_ENV_PATH"];
  const ways = [
    ["esptool"],
    ["esptool.py"],
    ...(python === undefined ? [] : [[`${python}/bin/python`, "-m", "esptool"]]),
  ];
  for (const [program = "", ...words] of ways) {
    if (spawnSync(program, [...words, "version"], { env: environment }).status === 0) return [program, ...words];
  }
  throw new ChoirError("engine_absent", "esptool", `the tool on the path (${WHERE_TO_READ})`, "none");
}

/** @throws ChoirError engine_absent without esptool. */
export function boardPower(port: string, environment: NodeJS.ProcessEnv): BenchPower {
  const [program = "", ...words] = findEsptool(environment);
  return {
    console: port,
    cut: async () => {
      // it resets into the loader, looks at the chip, and resets into the app; memory of before is gone
      const { status, stdout, stderr, error } = spawnSync(
        program,
        [...words, "--port", port, "--before", "default-reset", "--after", "hard-reset", "flash-id"],
        { env: environment, encoding: "utf8" },
      );
      if (status === 0) return;
      const said = error?.message ?? `${stdout}${stderr}`.trim().split("\n").slice(-2).join(" ");
      throw new ChoirError("device_failed", port, "a board that can be reset", said);
    },
    close: async () => {},
  };
}
