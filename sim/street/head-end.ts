/** The street's head end: one aggregator process per group, the trustees and the provider, started, killed and started again. */

import { join } from "node:path";
import type { ChoirError } from "../../core/errors.ts";
import { topics } from "../../core/wire/topics.ts";
import { aggregatorFolder, deploymentFile, trusteeFolder } from "../../headend/authority/deployment.ts";
import { TRUSTEE_FILES } from "../../headend/authority/trustee.ts";
import { trusteesOf } from "./ceremony.ts";
import { type Conductor, PROVIDER } from "./conductor.ts";
import { type HeadEndOptions, HeadEndProcess } from "./head-end-process.ts";
import type { StreetOptions } from "./options.ts";
import type { StreetGroup } from "./truth.ts";

/** Topics that the head end of these groups subscribes to, one by one. */
export function headEndTopics(
  groups: readonly StreetGroup[],
  options: Pick<StreetOptions, "load" | "custody">,
): readonly string[] {
  const { load } = options;
  const trustees = trusteesOf(options);
  return groups.flatMap(({ id, feeder, meters }) => [
    topics.aggregate(id),
    ...(feeder === undefined ? [] : [topics.feeder(id)]),
    topics.receipt(id),
    ...(trustees.length === 0 ? [] : [topics.evidence(id)]),
    ...trustees.map((trustee) => topics.share(id, trustee)),
    ...meters.map((i) => topics.reading(id, load.meters[i] ?? "")),
  ]);
}

/** The processes by name: a group's or trustee's id, or the provider. */
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

  /** Starts the provider, the trustees and the aggregators of these groups; resolves when all are ready, which only stepped ones tell. */
  async start(groups: readonly string[]): Promise<void> {
    await Promise.all([PROVIDER, ...trusteesOf(this.#options), ...groups].map((name) => this.restart(name)));
  }

  /** kill -9. */
  async kill(name: string): Promise<void> {
    this.#conductor?.leave(name);
    await this.#processes.get(name)?.kill();
    this.#processes.delete(name);
  }

  /** Starts a process, with whatever it stored before it was killed. */
  async restart(name: string): Promise<void> {
    const { folder, cli, clock, custody } = this.#options;
    const process = new HeadEndProcess({
      cli,
      clock,
      ...this.#partyOf(name),
      publishedKey: custody === "shared",
      logFile: join(folder, `${name}.log`),
      onLine: this.#onLine,
      onExit: this.#onExit,
    });
    this.#processes.set(name, process);
    if (this.#conductor !== undefined) this.#conductor.join(name, process, await process.ready());
  }

  /** Has all processes take up the deployment's new roll. */
  async reload(): Promise<void> {
    const told = [...this.#processes].map(async ([name, process]) => {
      const settled = await process.reload();
      if (settled !== undefined) this.#conductor?.absorb(name, settled);
    });
    await Promise.all(told);
  }

  #partyOf(name: string): Pick<HeadEndOptions, "party" | "configFile"> {
    const { folder } = this.#options;
    if (name === PROVIDER) return { party: "provider", configFile: deploymentFile(folder, "providerConfig") };
    if (trusteesOf(this.#options).includes(name)) {
      return { party: "trustee", configFile: join(folder, trusteeFolder(name), TRUSTEE_FILES.config) };
    }
    return { party: "aggregator", configFile: join(folder, aggregatorFolder(name), "aggregator.json") };
  }

  /** Ends all in good order. */
  async stop(): Promise<void> {
    const processes = [...this.#processes.values()];
    this.#processes.clear();
    await Promise.all(processes.map((process) => process.stop()));
  }
}
