/** `choir aggregator`, `choir provider` and `choir trustee`: the head end's processes, each with its config file. */

import { type Command, Option } from "commander";
import { runAggregator } from "../aggregator/main.ts";
import { runProvider } from "../provider/main.ts";
import type { ServiceOptions } from "../service/service.ts";

interface ServiceFlags {
  readonly config: string;
  readonly clock: "system" | "stepped";
  readonly demonstration?: boolean;
}

/** Adds the commands, the trustee's excepted: it has others beside its process. */
export function addServices(program: Command): void {
  addService(program, "aggregator", "Add up the sealed readings of one group, and send the product on.", runAggregator);
  addService(program, "provider", "Open the sums of all groups, one JSON line each on stdout.", runProvider);
}

/** Adds the command that runs one kind of process; the default of its parent where it is to be. */
export function addService(
  parent: Command,
  name: string,
  description: string,
  run: (configFile: string, options: Pick<ServiceOptions, "clock" | "publishedKeys">) => Promise<void>,
  isDefault = false,
): void {
  parent
    .command(name, { isDefault })
    .description(description)
    .requiredOption("--config <file>", "JSON file, as `choir authority` makes it")
    .addOption(
      new Option("--clock <clock>", "the system's, or one that a street steps over the IPC channel")
        .choices(["system", "stepped"])
        .default("system"),
    )
    // said by a street: its key's factors are published
    .addOption(new Option("--demonstration").hideHelp())
    .action(({ config, clock, demonstration }: ServiceFlags) =>
      run(config, { clock, publishedKeys: demonstration ?? false }),
    );
}
