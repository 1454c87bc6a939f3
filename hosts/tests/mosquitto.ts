/** Mosquitto on a free port of the loopback. Where it is not installed its tests are skipped, in one printed line; with CI=true they fail instead. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { portOf } from "./cable.ts";

const BINARY = "mosquitto";
/** Debian puts it where only the super-user's path leads. */
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;

/** A broker that runs until it is stopped. */
export interface RunningBroker {
  readonly port: number;
  stop(): Promise<void>;
}

/** A Mosquitto of the test's own. */
export interface OwnMosquitto extends RunningBroker {
  /** Ends it in good order and starts it again, on the same port and folder. */
  restart(): Promise<void>;
  /** Has it read passwords and access list anew. */
  reload(): void;
}

/** A describe block that needs Mosquitto. */
export function describeWithMosquitto(name: string, body: () => void): void {
  const isThere = spawnSync(BINARY, ["-h"], { env: { PATH } }).error === undefined;
  if (isThere) {
    describe(name, body);
  } else if (process.env["CI"] === "true") {
    test(`${name}: ${BINARY} is installed`, () => expect(isThere).toBe(true));
  } else {
    process.stderr.write(`skipped: ${name} (${BINARY} is not installed)\n`);
    describe.skip(name, () => test(`needs ${BINARY}`, () => undefined));
  }
}

/** Text of a configuration whose files lie in `folder`, and which listens on `port`. */
export type Configure = (port: number, folder: string) => string;

/** Starts one; unless configured otherwise it lets everybody in and keeps nothing on disk. */
export async function mosquitto(configure: Configure = openConfiguration): Promise<OwnMosquitto> {
  for (;;) {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "choir-mosquitto-"));
    const config = join(folder, "mosquitto.conf");
    // started by the super-user it would become one that cannot read here
    const user = process.getuid?.() === 0 ? "user root\n" : "";
    writeFileSync(config, `${configure(port, folder)}${user}`);
    let broker: ChildProcess;
    let exited: Promise<unknown>;
    const start = (): Promise<boolean> => {
      broker = spawn(BINARY, ["-c", config], { env: { PATH }, stdio: "ignore" });
      exited = once(broker, "exit");
      return listens(port, broker);
    };
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      broker.kill(signal);
      await exited;
    };
    const stop = async (): Promise<void> => {
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    };
    const restart = async (): Promise<void> => {
      await end("SIGTERM");
      await start();
    };
    const reload = (): void => void broker.kill("SIGHUP");
    if (await start()) return { port, stop, restart, reload };
    // somebody else took the port in between
    await stop();
  }
}

function openConfiguration(port: number): string {
  return `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`;
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

/** Waits until the port takes connections; false when the broker has exited instead. */
async function listens(port: number, broker: ChildProcess): Promise<boolean> {
  while (broker.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (open) return true;
    await new Promise<void>((resolve) => void setTimeout(resolve, 5));
  }
  return false;
}
