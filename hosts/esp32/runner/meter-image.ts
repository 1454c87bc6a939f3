/** The meter's own image: manifest.json, with the key that it takes updates from. */

import type { BoardArguments } from "./arguments.ts";
import type { ImageOptions } from "./image.ts";

export function meterImage({ chip, goal, updateKey }: BoardArguments): ImageOptions {
  return {
    chip,
    goal,
    manifest: "manifest.json",
    output: "moddable",
    settings: updateKey === undefined ? {} : { updateKey },
  };
}
