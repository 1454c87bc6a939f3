/** The trustee for tests alone: keys of 512 bits. Arguments: config file, clock. */

import { runTrustee } from "../main.ts";

const [configFile = "", clock] = process.argv.slice(2);
await runTrustee(configFile, { clock: clock === "stepped" ? "stepped" : "system", leastKeyBits: 512 });
