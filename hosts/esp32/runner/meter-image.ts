/** The meter's own image: manifest.json, with its version and the key that it takes updates from. */

import type { BoardArguments } from "./arguments.ts";
import { firmwareVersion } from "./firmware-version.ts";
import type { ImageOptions } from "./image.ts";

export function meterImage({ chip, goal, updateKey }: BoardArguments): ImageOptions {
  return {
    chip,
    goal,
    manifest: "manifest.json",
    output: "moddable",
    settings: {
      firmwareVersion: `${firmwareVersion()}`,
      ...(updateKey === undefined ? {} : { updateKey }),
    },
  };
}
