/** The street's head end: one aggregator process per group and one provider process, started, killed and started again. */

import { join } from "node:path";
import type { ChoirError } from "../../core/errors.ts";
import { topics } from "../../core/wire/topics.ts";
import { aggregatorFolder, deploymentFile } from "../../headend/authority/deployment.ts";
import { type Conductor, PROVIDER } from "./conductor.ts";
import { HeadEndProcess } from "./head-end-process.ts";
import type { StreetOptions } from "./options.ts";
import type { StreetGroup } from "./truth.ts";

/** Topics that the head end of these groups subscribes to, one by one. */
export function headEndTopics(
  groups: readonly StreetGroup[],
  load: Pick<StreetOptions["load"], "meters">,
): readonly string[] {
  return groups.flatMap(({ id, meters }) => [
    topics.aggregate(id),
    topics.feeder(id),
    topics.receipt(id),
    ...meters.map((i) => topics.reading(id, load.meters[i] ?? "")),
  ]);
}

/** The processes by name: a group's id, or the provider. */
export class HeadEnd {
  readonly #options: StreetOptions;
  readonly #conductor: Conductor | undefined;
  readonly #onLine: (line: string) => void;
  readonly #onExit: (error: ChoirError) => void;
  readonly #processes = new Map<string, HeadEndProcess>();

  constructor(
    options: StreetOptions,
    conductor: Conductor | undefined,
    onLine: (line: string) => void,
    onExit: (error: ChoirError) => void,
  ) {
    this.#options = options;
    this.#conductor = conductor;
    this.#onLine = onLine;
    this.#onExit = onExit;
  }

  /** Starts the provider and the aggregators of these groups; resolves when all are ready, which only stepped ones tell. */
  async start(groups: readonly string[]): Promise<void> {
    await Promise.all([PROVIDER, ...groups].map((name) => this.restart(name)));
  }

  /** kill -9. */
  async kill(name: string): Promise<void> {
    this.#conductor?.leave(name);
    await this.#processes.get(name)?.kill();
    this.#processes.delete(name);
  }

  /** Starts a process, with whatever it stored before it was killed. */
  async restart(name: string): Promise<void> {
    const { folder, cli, clock } = this.#options;
    const isProvider = name === PROVIDER;
    const process = new HeadEndProcess({
      cli,
      clock,
      party: isProvider ? "provider" : "aggregator",
      configFile: isProvider
        ? deploymentFile(folder, "providerConfig")
        : join(folder, aggregatorFolder(name), "aggregator.json"),
      logFile: join(folder, `${name}.log`),
      onLine: this.#onLine,
      onExit: this.#onExit,
    });
    this.#processes.set(name, process);
    if (this.#conductor !== undefined) this.#conductor.join(name, process, await process.ready());
  }

  /** Ends all in good order. */
  async stop(): Promise<void> {
    const processes = [...this.#processes.values()];
    this.#processes.clear();
    await Promise.all(processes.map((process) => process.stop()));
  }
}
