/** A machine on the bench, as the steps drive it: its console, its power, and the broker that it is connected to. */

import { setTimeout } from "node:timers/promises";
import { ChoirError } from "../../../../core/errors.ts";
import { OBIS_IMPORT } from "../../../../core/names.ts";
import type { Diagnostics } from "../../../../core/wire/status.ts";
import { decodeStatus } from "../../../../core/wire/status.ts";
import { topics } from "../../../../core/wire/topics.ts";
import { ConsoleClient } from "../../../moddable/runner/console-client.ts";
import { LineSession } from "../../../moddable/runner/line-session.ts";
import { MessageLines } from "../../../moddable/runner/message-lines.ts";
import type { Result } from "../../../tests/conformance/case.ts";
import type { SuiteRig } from "../../../tests/conformance/rig.ts";
import { answerTo } from "../../../tests/conformance/world-by-wire.ts";
import type { BenchPower } from "../../runner/hil-power.ts";
import { type BenchDeployment, type BenchReach, GROUP, METER } from "./bench-deployment.ts";
import { BenchReadings } from "./bench-readings.ts";
import { BenchStreet } from "./bench-street.ts";
import { Neighbours } from "./neighbours.ts";

/** Nothing on the bench takes longer; an emulated chip may take minutes for what a board does in seconds. */
const PATIENCE_MS = 300_000;
const LOOK_MS = 50;
/** An empty line, which says nothing, wakes a receiver that sits on the end of another. */
const NUDGE_MS = 250;
/** A port that comes and goes with its board is there again after so long. */
const OPEN_TRIES = 60;
const OPEN_MS = 500;

/** What the bench is made of. */
export interface BenchParts {
  readonly power: BenchPower;
  readonly rig: SuiteRig;
  readonly deployment: BenchDeployment;
  readonly reach: BenchReach;
  /** For what a step leaves behind. */
  readonly folder: string;
  /** Told of each line that the machine says. */
  readonly onLine?: (line: string) => void;
}

/** One machine. Its console is open between `open` and `close`. */
export class Bench {
  readonly #parts: BenchParts;
  readonly #lines: MessageLines;
  readonly #neighbours: Neighbours;
  #session: LineSession | undefined;
  #readings: BenchReadings | undefined;
  #testing = false;
  #stopBeacons = (): void => {};
  #nudges: NodeJS.Timeout | undefined;

  constructor(parts: BenchParts) {
    this.#parts = parts;
    const { rig, onLine } = parts;
    this.#neighbours = new Neighbours(rig.tableFile, this.#brokerUrl, (line) => onLine?.(line));
    this.#lines = new MessageLines(
      "rig",
      (line) => this.#session?.send(line),
      (question) =>
        answerTo(rig, question).then(
          (answer) => this.#lines.send(answer),
          (error: unknown) => rig.fail(error),
        ),
    );
  }

  /** Opens the console, and tells a machine that listens the time. */
  async open(): Promise<void> {
    for (let left = OPEN_TRIES; ; left--) {
      try {
        this.#session = await LineSession.open(this.#parts.power.console, (line) => this.#hear(line));
        break;
      } catch (error) {
        if (left <= 1) throw error;
        await setTimeout(OPEN_MS);
      }
    }
    if (this.#parts.power.sleepy === true) this.#nudges = setInterval(() => this.#session?.send(""), NUDGE_MS);
    await this.#client.identity();
    await this.tellTime();
  }

  async close(): Promise<void> {
    clearInterval(this.#nudges);
    this.#session?.close();
    this.#session = undefined;
  }

  /** Lets the machine be: its console is closed, and nobody tells it the time any more. */
  async end(): Promise<void> {
    this.#stopBeacons();
    await this.close();
  }

  /** The power goes and comes back, whatever the machine does; then it listens again. */
  async cutPower(): Promise<void> {
    await this.close();
    this.#lines.reset();
    await this.#parts.power.cut();
    await this.open();
  }

  /** Sends a line and returns what follows the beginning of its answer. */
  ask(line: string, answer: string): Promise<string> {
    return this.#open.ask(line, answer, { waitMs: PATIENCE_MS });
  }

  async tellTime(): Promise<void> {
    await this.ask(`time ${Date.now()}`, "time");
  }

  /** Makes the machine a meter of this bench: what it was configured with is forgotten, its key stays. */
  async provision(): Promise<void> {
    const { deployment, rig, reach } = this.#parts;
    const publicKey = await this.#client.identity();
    deployment.admit(publicKey, await this.#neighbours.enrol());
    // one that finds the broker being replaced is made up for by the next
    this.#stopBeacons = deployment.sendBeacons((topic, payload) => void rig.say(topic, payload).catch(() => {}));
    const about: unknown = JSON.parse(await this.#client.about());
    const fresh =
      typeof about === "object" && about !== null && "configuration" in about && about.configuration === null;
    if (!fresh) {
      await this.ask("forget configuration", "forgotten");
      await this.#client.identity();
    }
    await this.#client.put("table", deployment.table);
    await this.#client.put("configuration", deployment.configure(reach));
    this.#readings = new BenchReadings(rig, deployment, publicKey);
    await this.restart();
  }

  /** A soft restart, until the meter is online. */
  async restart(): Promise<void> {
    const before = await this.#onlines();
    await this.#client.restart();
    await this.#client.identity();
    await this.tellTime();
    await this.online(before);
  }

  /** The machine's group gets its other meters and a head end; to be left in the end. */
  joinStreet(): Promise<BenchStreet> {
    const { deployment, folder } = this.#parts;
    return BenchStreet.open({ deployment, folder, neighbours: this.#neighbours, brokerUrl: this.#brokerUrl });
  }

  /** Resolves when the meter has said more often than `before` that it is online. */
  async online(before: number): Promise<void> {
    await this.until("a meter that is online", async () => (await this.#onlines()) > before);
  }

  /** How often the meter has said that it is online. */
  get onlines(): Promise<number> {
    return this.#onlines();
  }

  /** Begins a train; the promise within resolves when it has ended. */
  async train(pulses: number, periodMicros: number): Promise<{ readonly ended: Promise<string> }> {
    const ended = this.#open.next((line) => line.startsWith(`trained ${OBIS_IMPORT} `), "trained", PATIENCE_MS);
    // whoever began it may fail before it ends
    ended.catch(() => {});
    await this.ask(`train ${OBIS_IMPORT} ${pulses} ${periodMicros}`, `train ${OBIS_IMPORT}`);
    return { ended };
  }

  /** Pulses in the register. */
  async register(): Promise<number> {
    const totals: unknown = JSON.parse(await this.ask("register", "register"));
    const total = typeof totals === "object" && totals !== null ? new Map(Object.entries(totals)).get(OBIS_IMPORT) : 0;
    return Number(total);
  }

  async diagnostics(): Promise<Diagnostics> {
    // the firmware's own words (core/wire/status.ts)
    return JSON.parse(await this.ask("diagnostics", "diagnostics")) as Diagnostics;
  }

  /** Runs the suite as this boot's; afterwards the machine writes to its store until its power is cut. */
  async conformance(): Promise<readonly Result[]> {
    const { rig } = this.#parts;
    this.#lines.reset();
    const results = rig.nextBoot();
    results.catch(() => {});
    await this.ask("conformance", "conformance");
    this.#testing = true;
    try {
      return await results;
    } finally {
      this.#testing = false;
    }
  }

  /** The provider's receipt for an interval of the machine's block. */
  acknowledge(interval: number): Promise<void> {
    const { rig, deployment } = this.#parts;
    return rig.say(topics.receipt(GROUP), deployment.receipt(interval));
  }

  get links(): Promise<number> {
    return this.#parts.rig.links();
  }

  /** @throws ChoirError device_failed before the machine was provisioned. */
  get readings(): BenchReadings {
    if (this.#readings === undefined) throw new ChoirError("device_failed", "machine", "a meter of this bench", "none");
    return this.#readings;
  }

  /** Resolves when so many readings of intervals above this one have come. */
  async readingsAfter(interval: number, count: number): Promise<ReturnType<BenchReadings["after"]>> {
    await this.until(`${count} readings`, async () => {
      await this.readings.look();
      return this.readings.after(interval).length >= count;
    });
    return this.readings.after(interval);
  }

  /** Waits until it holds. @throws (rejects) ChoirError device_failed when it does not in time. */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (performance.now() > endMs)
        throw new ChoirError("device_failed", "machine", what, `none in ${PATIENCE_MS} ms`);
      await setTimeout(LOOK_MS);
    }
  }

  /** The broker, for clients on this computer; they are at the near end of the machine's cable too. */
  get #brokerUrl(): string {
    return `mqtt://127.0.0.1:${this.#parts.rig.brokerPort}`;
  }

  async #onlines(): Promise<number> {
    const heard = await this.#parts.rig.heard(topics.status(METER));
    return heard.filter(({ payload }) => decodeStatus(payload).state === "online").length;
  }

  get #open(): LineSession {
    if (this.#session === undefined) throw new ChoirError("device_failed", "console", "an open port", "none");
    return this.#session;
  }

  get #client(): ConsoleClient {
    return new ConsoleClient(this.#open);
  }

  #hear(line: string): void {
    this.#parts.onLine?.(line);
    if (this.#testing && line.startsWith("started ")) {
      this.#parts.rig.fail(new ChoirError("device_failed", "machine", "the suite to its end", "a start in its middle"));
    }
    const log = /^log (?:info|warn) (.*)$/.exec(line)?.[1];
    // the stand-in says its log in UTF-8
    if (log !== undefined) this.#parts.rig.note(Buffer.from(log, "latin1").toString("utf8"));
    else this.#lines.hear(line);
  }
}
