/** The deliberate fault of the stand-in: `loseEvery` in `bench.json` beside machine.json, so that the bench's runner is known to see it. */

import { files, system } from "../../native.ts";

/** Which pulses are lost; undefined for a sound stand-in. */
export function readFault(): number | undefined {
  const bytes = files.read(`${system.environment("CHOIR_METER")}/bench.json`);
  if (bytes === undefined) return undefined;
  // a test of ours has written it
  const { loseEvery } = JSON.parse(String.fromCharCode(...new Uint8Array(bytes))) as { readonly loseEvery?: number };
  return loseEvery;
}
