/** A machine's console over TCP and over a serial port: whatever is lost or comes of its own accord, what is put arrives whole. */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ConsoleDevice } from "../../../tests/console-device.ts";
import { describeWithTerminals, openTerminal, type PseudoTerminal } from "../../../tests/pseudo-terminal.ts";
import { ConsoleClient } from "../console-client.ts";
import { LineSession } from "../line-session.ts";

let folder = "";
let device: ConsoleDevice;
let sessions: LineSession[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "choir-console-"));
  device = await ConsoleDevice.open(join(folder, "flash"));
  sessions = [];
});

afterEach(async () => {
  for (const session of sessions) session.close();
  await device.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(port: string, onLine?: (line: string) => void): Promise<LineSession> {
  const session = await LineSession.open(port, onLine);
  sessions.push(session);
  return session;
}

const client = async (port = device.port): Promise<ConsoleClient> => new ConsoleClient(await open(port));
const failed = (got: string) => expect.objectContaining({ code: "device_failed", got: expect.stringContaining(got) });
/** 130 KB of bytes that differ. */
const TABLE = new Uint8Array(
  Buffer.concat(Array.from({ length: 2056 }, (_, i) => createHash("sha512").update(`${i}`).digest())),
);
const held = (): string => device.said.filter((line) => line === "committed table").join(" ");

describe("over TCP, a machine", () => {
  test("tells its key, and takes a table of any bytes", async () => {
    const board = await client();
    expect(await board.identity()).toEqual(device.publicKey);
    expect(JSON.parse(await board.about())).toMatchObject({ host: "node", meter: null });
    const progress: number[] = [];
    expect(await board.put("table", TABLE, (done) => progress.push(done))).toBe(true);
    expect(held()).toBe("committed table");
    expect(progress.length).toBe(Math.ceil(TABLE.length / 384));
    expect(progress.at(-1)).toBe(TABLE.length);
  });

  test("is not given again what it has", async () => {
    const board = await client();
    await board.put("table", TABLE);
    const before = device.told.length;
    expect(await board.put("table", TABLE)).toBe(false);
    expect(device.told.length).toBe(before + 1);
  });

  test("is asked again when it is silent, and understood behind noise", async () => {
    device.noise = Buffer.from([0xff, 0x00, 0x80, ...Buffer.from("ets Jul 29 2019\r\nboot:0x13\r\nhalf a li")]);
    let lost = 0;
    device.loses = (line) => (line === "identity" && ++lost <= 2) || line.startsWith("half");
    const session = await open(device.port);
    session.send("half a line of ours");
    session.send("garbage");
    expect(await new ConsoleClient(session).identity()).toEqual(device.publicKey);
    expect(device.told.filter((line) => line === "identity").length).toBe(3);
  });

  test("refuses in its own words", async () => {
    const board = await client();
    await expect(board.put("configuration", Uint8Array.of(1, 2, 3))).rejects.toEqual(
      failed("error type_wrong configuration: expected COSE_Sign1"),
    );
    await expect(board.put("configuration", new Uint8Array(70_000))).rejects.toEqual(failed("error length_wrong"));
  });

  test("says things of its own accord, which are handed on and answer nothing", async () => {
    const heard: string[] = [];
    const session = await open(device.port, (line) => heard.push(line));
    device.say("log info committed table");
    device.say("identity is not this");
    await expect(session.ask("commit table 3 00", "committed table")).rejects.toEqual(failed("error input_invalid"));
    expect(heard.slice(0, 2)).toEqual(["log info committed table", "identity is not this"]);
  });

  test("that answers late, to a question that was asked again, is not misunderstood afterwards", async () => {
    const session = await open(device.port);
    device.slowMs = 300;
    const waits = { waitMs: 200, tries: 3 };
    await expect(session.ask("commit table 9 00", "committed table", waits)).rejects.toEqual(
      failed("error input_invalid"),
    );
    expect(device.told.length).toBeGreaterThan(1);
    expect(await session.ask(`put table 0 ${Buffer.alloc(3).toString("base64")}`, "put table 3")).toBe("");
  });

  test("that is silent for good is given up", async () => {
    device.loses = () => true;
    const session = await open(device.port);
    const began = performance.now();
    await expect(session.ask("identity", "identity", { waitMs: 30, tries: 3 })).rejects.toEqual(
      failed("nothing in 30 ms"),
    );
    expect(performance.now() - began).toBeGreaterThanOrEqual(80);
    expect(device.told).toEqual(["identity", "identity", "identity"]);
  });

  test("that goes away in the middle of a file is told at once, and so is everybody who asks later", async () => {
    const board = await client();
    const put = board.put("table", TABLE, (done) => done > 10_000 && device.unplug());
    await expect(put).rejects.toEqual(failed("the end of the connection"));
    await expect(board.identity()).rejects.toEqual(failed("the end of the connection"));
  });
});

test.each([
  ["tcp://127.0.0.1:1", "ECONNREFUSED"],
  ["tcp://127.0.0.1", "another address"],
  ["tcp:", "another address"],
  ["/dev/null", "not a terminal"],
  ["/dev/there-is-no-such-port", "ENOENT"],
])("the port %s is refused: %s", async (port, got) => {
  await expect(LineSession.open(port)).rejects.toEqual(failed(got));
});

test("a plain file is no serial port, and stays as it is", async () => {
  const path = join(folder, "file");
  writeFileSync(path, "text");
  await expect(LineSession.open(path)).rejects.toEqual(failed("not a terminal"));
});

describeWithTerminals("over a serial port, a machine", () => {
  let terminal: PseudoTerminal;
  beforeEach(async () => {
    terminal = await openTerminal(join(folder, "tty"), device.port);
  });
  afterEach(() => terminal.unplug());

  test("tells its key and takes a table, on a terminal that would have echoed and translated", async () => {
    const board = await client(terminal.path);
    expect(await board.identity()).toEqual(device.publicKey);
    expect(await board.put("table", TABLE)).toBe(true);
    expect(await board.put("table", TABLE)).toBe(false);
    // nothing came back as an echo: each word that it was told is a word of ours
    expect(device.told.every((line) => /^($|identity$|version$|put table |commit table )/.test(line))).toBe(true);
  });

  test("whose adapter is pulled out is told at once", async () => {
    const board = await client(terminal.path);
    const put = board.put("table", TABLE, (done) => done > 10_000 && void terminal.unplug());
    await expect(put).rejects.toEqual(failed(""));
  });
});
