/** A Mosquitto of the test's own, where it is installed: on a free port of the loopback, without a password, keeping nothing. */

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** Debian puts servers where not every user's path leads. */
const MORE_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];
const TRIES = 200;
const TRY_MS = 50;

/** Path of the binary; undefined where it is not installed. */
export function mosquittoPath(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...MORE_FOLDERS].filter((folder) => folder !== "");
  return folders
    .map((folder) => join(folder, "mosquitto"))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** A broker that runs. */
export interface Mosquitto {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts it; resolves when it accepts connections. */
export async function startMosquitto(path: string): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), "choir-mosquitto-"));
  const port = await freePort();
  const config = join(folder, "mosquitto.conf");
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  const broker = spawn(path, ["-c", config], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => broker.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    broker.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await listening(broker, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `mqtt://127.0.0.1:${port}`, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // a TCP server that listens has an address and a port
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(broker: ChildProcess, port: number): Promise<void> {
  for (let i = 0; i < TRIES && broker.exitCode === null; i++) {
    const socket = connect(port, "127.0.0.1");
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (isUp) return;
    await setTimeout(TRY_MS);
  }
  throw new Error("mosquitto does not listen");
}
