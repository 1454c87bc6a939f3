/** The meter's own image: manifest.json, with the key that it takes updates from. */

import type { BoardArguments } from "./arguments.ts";
import type { ImageOptions } from "./image.ts";
import { publicHalf } from "./update-key.ts";

/** @throws ChoirError config_invalid for a key file that holds none. */
export function meterImage({ chip, goal, console, updateKey }: BoardArguments): ImageOptions {
  return {
    chip,
    goal,
    // what a debugger needs makes an image that takes the room of both
    manifest: goal === "debug" ? "hosts/esp32/debug.json" : "manifest.json",
    output: "moddable",
    settings: { console, ...(updateKey === undefined ? {} : { updateKey: publicHalf(updateKey) }) },
  };
}
