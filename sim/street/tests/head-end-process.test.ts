/** A process of the head end as the street's child: what its ends, wanted and unwanted, look like from outside. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ChoirError } from "../../../core/errors.ts";
import { HeadEndProcess, type Settled } from "../head-end-process.ts";

/** A child that answers every question, and says on stdout what it was started as. */
const OBEDIENT = `
console.log(process.argv.slice(2).join(" "));
process.on("message", ({ id, type, utcMs = 0 }) =>
  process.send({ type: "settled", id, nextMs: type === "step" ? utcMs + 5 : null, linked: true, sent: [], handled: ["k"] }));
process.on("SIGTERM", () => process.exit(0));
process.send({ type: "ready", handled: ["stored"] });
`;
const REFUSING = `process.stderr.write("a stack\\nchoir: config.json: expected JSON, got none (config_invalid)\\nmore\\n"); process.exit(1);`;
const DYING = `process.send({ type: "ready", handled: [] }); process.on("message", () => { console.error("boom"); process.exit(3); });`;

let folder = "";
const running: HeadEndProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-process-"));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process.kill()));
  rmSync(folder, { recursive: true, force: true });
});

function start(program: string) {
  const cli = join(folder, "child.cjs");
  writeFileSync(cli, program);
  const lines: string[] = [];
  let exit: (error: ChoirError) => void = () => {};
  const exited = new Promise<ChoirError>((resolve) => {
    exit = resolve;
  });
  let exits = 0;
  const process = new HeadEndProcess({
    cli,
    party: "aggregator",
    configFile: "config.json",
    clock: "stepped",
    logFile: join(folder, "log"),
    onLine: (line) => lines.push(line),
    onExit: (error) => {
      exits++;
      exit(error);
    },
  });
  running.push(process);
  return { process, lines, exited, exits: () => exits };
}

describe("a process of the head end", () => {
  test("is the command with its config and clock, tells what it stored, and answers steps and settles", async () => {
    const { process, lines, exits } = start(OBEDIENT);
    expect(await process.ready()).toEqual(["stored"]);
    const answer: Settled = { nextMs: undefined, linked: true, sent: [], handled: ["k"] };
    expect(await process.settle()).toEqual(answer);
    expect(await Promise.all([process.step(7), process.settle()])).toEqual([{ ...answer, nextMs: 12 }, answer]);
    await process.stop();
    expect(lines).toEqual(["aggregator --config config.json --clock stepped"]);
    expect(exits()).toBe(0);
  });

  test("that is killed is gone when the promise says so, and that is no failure", async () => {
    const { process, exits } = start(OBEDIENT);
    await process.ready();
    await process.kill();
    await expect(process.settle()).rejects.toMatchObject({ code: "broker_failed" });
    expect(exits()).toBe(0);
  });

  test("that ends before it is ready fails with its own last word, and its log has all of them", async () => {
    const { process, exited } = start(REFUSING);
    const expected =
      "choir aggregator: expected a running process, got an exit before it was ready: " +
      "config.json: expected JSON, got none (config_invalid) (broker_failed)";
    await expect(process.ready()).rejects.toThrow(expected);
    expect((await exited).message).toContain("config.json: expected JSON, got none");
    expect(readFileSync(join(folder, "log"), "utf8")).toContain("a stack");
  });

  test("that dies under a question fails the question and tells of its exit", async () => {
    const { process, exited, exits } = start(DYING);
    await process.ready();
    await expect(process.step(1)).rejects.toMatchObject({ code: "broker_failed", subject: "choir aggregator" });
    expect((await exited).message).toContain("boom");
    expect(exits()).toBe(1);
  });
});
