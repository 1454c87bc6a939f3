/** A machine's port as a stream of bytes: a serial port of this computer, or TCP. Serial ports need no library: `stty` sets them, and the system's terminals do the rest. */

import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { isatty, ReadStream } from "node:tty";
import { ChoirError } from "../../../core/errors.ts";

/** What every console speaks; over USB it means nothing. */
const BAUD = 115_200;
/** Eight bits, no parity, no flow control, nothing translated; the modem's lines stay as they are, since boards reset by them. */
const STTY = [`${BAUD}`, "raw", "-echo", "cs8", "-parenb", "-cstopb", "-crtscts", "clocal", "-hupcl"];
/** The flag by which `stty` takes a file. */
const STTY_FILE: Readonly<Record<string, string>> = { linux: "-F", darwin: "-f" };
const CONNECT_MS = 5_000;

/**
 * Opens `/dev/ttyUSB0`, or any other terminal by its path, or `tcp://host:port`.
 * @throws (rejects) ChoirError device_failed.
 */
export async function openLinePort(port: string): Promise<Socket> {
  return port.startsWith("tcp:") ? openTcp(port) : openSerial(port);
}

function openTcp(port: string): Promise<Socket> {
  const url = URL.canParse(port) ? new URL(port) : undefined;
  if (url === undefined || url.hostname === "" || url.port === "") {
    throw failed(port, "tcp://HOST:PORT", "another address");
  }
  // an address of IPv6 stands in brackets in a URL
  const socket = connect({ host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(url.port) });
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    const giveUp = (got: string, cause?: unknown): void => {
      socket.destroy();
      reject(failed(port, "a console that listens", got, cause));
    };
    socket.setTimeout(CONNECT_MS, () => giveUp("no answer"));
    socket.once("error", (error) => giveUp(error.message, error));
    socket.once("connect", () => {
      socket.removeAllListeners("error").setTimeout(0).removeAllListeners("timeout");
      resolve(socket);
    });
  });
}

function openSerial(path: string): Socket {
  const flag = STTY_FILE[process.platform];
  if (flag === undefined) {
    throw failed(path, "tcp://HOST:PORT of a bridge to the serial port on this system", process.platform);
  }
  let descriptor: number;
  try {
    // without O_NONBLOCK a port without a carrier would hang here
    descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch (cause) {
    throw failed(path, "a serial port that may be opened", codeOf(cause), cause);
  }
  const { status, stderr, error } = isatty(descriptor)
    ? spawnSync("stty", [flag, path, ...STTY], { encoding: "utf8" })
    : { status: 1, stderr: "not a terminal", error: undefined };
  if (status !== 0) {
    closeSync(descriptor);
    throw failed(path, "a serial port that stty can set", (error?.message ?? stderr).trim());
  }
  // a terminal's stream is a socket: it is written to as well
  return new ReadStream(descriptor);
}

/** A system error's code, like ENOENT. */
function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "an error";
}

function failed(port: string, expected: string, got: string, cause?: unknown): ChoirError {
  return new ChoirError("device_failed", port, expected, got, cause);
}
