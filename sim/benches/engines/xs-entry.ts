/** The program in the XS engine: takes the material, then runs works by name and says how long they took. */

import { decodeCbor, encodeCbor, Fields } from "../../../core/wire/cbor.ts";
import { exactBuffer } from "../../../hosts/xs/worker/bridge.ts";
import { NO_CHANNELS, xsHost } from "../../../hosts/xs/worker/ports.ts";
import { elapsedMs } from "./engine.ts";
import { makeWorks, materialFromCbor, WORK_NAMES } from "./works.ts";

declare global {
  /** The engine's door: called with each command. */
  var handleCommand: (command: ArrayBuffer) => ArrayBuffer;
}

let works: ReturnType<typeof makeWorks> | undefined;

/** ["material", material] answers 0; ["run", work, times] answers nanoseconds. */
globalThis.handleCommand = (bytes) => {
  const command = new Fields(decodeCbor(new Uint8Array(bytes), "command"), "command", 3);
  let nanoseconds = 0;
  if (command.text(0, "name") === "material") {
    const [material] = command.list(1, "material", materialFromCbor);
    // a list of one, so that the command has the same number of fields as the other
    if (material !== undefined) works = makeWorks(xsHost(undefined, NO_CHANNELS).host, material);
  } else {
    const run = works?.[command.oneOf(1, "work", WORK_NAMES)];
    const times = command.uint(2, "times");
    if (run !== undefined) nanoseconds = Math.round(elapsedMs(run, times, () => performance.now()) * 1e6);
  }
  return exactBuffer(encodeCbor(nanoseconds));
};
