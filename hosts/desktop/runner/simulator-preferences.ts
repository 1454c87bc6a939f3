/** The simulator's own settings on Linux, before it has any: a window that shows the whole device, and nothing beside it. */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Names and formats are those of the SDK's mcsim; a version that knows them no more shows its usual window. */
const PREFERENCES = {
  "tech.moddable.mcsim.main.json": `${JSON.stringify({ controlsStatus: false, controlsCurrent: 320 })}\n`,
  "tech.moddable.mcsim.ini": "[window]\nfullscreen=false\nmaximized=false\nx=0\ny=0\nwidth=640\nheight=600\n",
} as const;

/** Writes what `folder`, the simulator's folder of settings, does not hold yet. */
export function preferDeviceAlone(folder: string): void {
  for (const [name, text] of Object.entries(PREFERENCES)) {
    const path = join(folder, name);
    if (!existsSync(path)) writeFileSync(path, text);
  }
}
