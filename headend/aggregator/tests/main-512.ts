/** The aggregator for tests alone: keys of 512 bits. Arguments: config file, clock. */

import { runAggregator } from "../main.ts";

const [configFile = "", clock] = process.argv.slice(2);
await runAggregator(configFile, { clock: clock === "stepped" ? "stepped" : "system", leastKeyBits: 512 });
