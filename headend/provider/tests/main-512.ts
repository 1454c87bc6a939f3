/** The provider for tests alone: keys of 512 bits. Arguments: config file, clock. */

import { runProvider } from "../main.ts";

const [configFile = "", clock] = process.argv.slice(2);
await runProvider(configFile, { clock: clock === "stepped" ? "stepped" : "system", leastKeyBits: 512 });
