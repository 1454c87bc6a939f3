/** A chip in Espressif's QEMU: flash as a file that outlives the process, the console on a second serial port over TCP, Ethernet behind the emulator's own router. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { ChoirError } from "../../../core/errors.ts";
import { portOf } from "../../moddable/runner/debug-listener.ts";
import type { BenchPower } from "./hil-power.ts";
import type { Chip } from "./image.ts";

const WHERE_TO_READ = "docs.espressif.com/projects/esp-idf, Tools, QEMU Emulator";
/** This computer, as the emulator's router names it to the guest. */
export const HOST_OF_EMULATOR = "10.0.2.2";
/** Which machine emulates which chip; the timers' watchdogs run by the guest's time, which is not the host's. */
const MACHINES: Readonly<Partial<Record<Chip, string>>> = { esp32c3: "esp32c3" };
const SETTLE_MS = 500;

/** Why this emulator cannot be run, in one line; undefined when it can. */
export function whyNoEmulator(path: string, chip: Chip): string | undefined {
  if (MACHINES[chip] === undefined) return `--qemu has no machine for ${chip}: ${Object.keys(MACHINES).join(", ")}`;
  if (!existsSync(path)) return `${path} is not there: install Espressif's QEMU (${WHERE_TO_READ})`;
  const { stdout } = spawnSync(path, ["-machine", "help"], { encoding: "utf8" });
  if (stdout?.includes(`${MACHINES[chip]} `)) return undefined;
  return `${path} does not emulate ${chip}: install Espressif's QEMU (${WHERE_TO_READ})`;
}

/**
 * One chip with power.
 * @param debuggerPort where a debugger listens on the loopback for the engine of a debug build
 * @throws (rejects) ChoirError engine_absent, device_failed.
 */
export async function emulatorPower(
  path: string,
  chip: Chip,
  flash: string,
  debuggerPort?: number,
): Promise<BenchPower> {
  const why = whyNoEmulator(path, chip);
  if (why !== undefined) throw new ChoirError("engine_absent", "QEMU", `one that emulates ${chip}`, why);
  const port = await freePort();
  let running: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const child = spawn(
      path,
      [
        ...["-machine", MACHINES[chip] ?? chip, "-display", "none", "-monitor", "none"],
        ...["-drive", `file=${flash},if=mtd,format=raw`, "-nic", "user,model=open_eth"],
        ...["-global", `driver=timer.${chip}.timg,property=wdt_disable,value=true`],
        // the first is the debugger's
        ...[
          "-serial",
          debuggerPort === undefined ? "null" : `tcp:127.0.0.1:${debuggerPort}`,
          "-serial",
          `tcp:127.0.0.1:${port},server=on,wait=off`,
        ],
      ],
      { stdio: "ignore" },
    );
    running = child;
    // whether it keeps running shows at once, since a wrong argument is told by an end
    await setTimeout(SETTLE_MS);
    if (child.exitCode === null) return;
    throw new ChoirError("device_failed", "QEMU", "an emulator that runs", `exit ${child.exitCode}`);
  };
  const stop = async (): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  await start();
  return {
    console: `tcp://127.0.0.1:${port}`,
    // where the emulated port loses the interrupt of a line that fell silent
    sleepy: true,
    cut: async () => {
      await stop();
      await start();
    },
    close: stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}
