/** The street around the machine on the bench: its neighbours, and the aggregator and the provider of its group as processes of their own. */

import { join } from "node:path";
import type { ChoirError } from "../../../../core/errors.ts";
import { OBIS_IMPORT } from "../../../../core/names.ts";
import { HeadEndProcess } from "../../../../sim/street/head-end-process.ts";
import { repositoryRoot } from "../../../moddable/runner/sdk.ts";
import type { BenchDeployment } from "./bench-deployment.ts";
import type { Neighbours } from "./neighbours.ts";

const PARTIES = ["provider", "aggregator"] as const;

/** What a street is made of. */
export interface StreetParts {
  readonly deployment: BenchDeployment;
  readonly neighbours: Neighbours;
  readonly brokerUrl: string;
  /** Where the processes write their logs. */
  readonly folder: string;
}

/** One that runs until it is left. */
export class BenchStreet {
  readonly #neighbours: Neighbours;
  readonly #processes: readonly HeadEndProcess[];
  readonly #sums = new Map<number, number>();
  #fault: ChoirError | undefined;

  /** Starts it: the head end first, so that it hears the first reading. */
  static async open(parts: StreetParts): Promise<BenchStreet> {
    const { deployment, neighbours } = parts;
    const street = new BenchStreet(parts);
    await neighbours.start((meter) => deployment.settings(meter));
    return street;
  }

  private constructor({ deployment, neighbours, brokerUrl, folder }: StreetParts) {
    this.#neighbours = neighbours;
    const configs = deployment.headEnd(brokerUrl);
    this.#processes = PARTIES.map(
      (party) =>
        new HeadEndProcess({
          ...{ party, configFile: configs[party], clock: "system", logFile: join(folder, `${party}.log`) },
          cli: join(repositoryRoot(), "dist/headend/cli/main.js"),
          onLine: (line) => this.#hear(line),
          onExit: (error) => {
            this.#fault = error;
          },
        }),
    );
  }

  /** Sums of the whole block in mWh that the provider has opened, by interval. @throws ChoirError when a process has ended. */
  get sums(): ReadonlyMap<number, number> {
    if (this.#fault !== undefined) throw this.#fault;
    return this.#sums;
  }

  async leave(): Promise<void> {
    await this.#neighbours.cutPower();
    await Promise.all(this.#processes.map((one) => one.stop()));
  }

  #hear(line: string): void {
    // the provider's own results (docs/OPERATIONS.md); the aggregator has none
    const result = JSON.parse(line) as {
      readonly type: string;
      readonly interval: number;
      readonly sumsMilliwattHours: Readonly<Record<string, number>>;
    };
    if (result.type === "opened") this.#sums.set(result.interval, result.sumsMilliwattHours[OBIS_IMPORT] ?? 0);
  }
}
