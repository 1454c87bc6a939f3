/** hosts/desktop under test: the suite's app in a simulator, its questions as lines over the control connection; a power cut is a SIGKILL. */

import { mkdirSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { OBIS_IMPORT } from "../../../core/names.ts";
import { SimulatedMeter } from "../../desktop/runner/simulated-meter.ts";
import { MessageLines } from "../../moddable/runner/message-lines.ts";
import type { Sdk } from "../../moddable/runner/sdk.ts";
import type { SuiteHost } from "./hosts.ts";
import { answerTo } from "./world-by-wire.ts";

/** Folder of the app, whose manifest.json is built. */
export const DESKTOP_SUITE = "hosts/desktop/tests/conformance";

/** Changes of the store's folder that are seen before the power is cut. */
const CHANGES_BEFORE_CUT = 25;

/** What is needed to run it; `folder` is the machine's disk. */
export interface DesktopSuite {
  readonly sdk: Sdk;
  readonly app: string;
  readonly display: string | undefined;
  readonly folder: string;
}

export function desktopUnderTest({ sdk, app, display, folder }: DesktopSuite): SuiteHost {
  const store = join(folder, "store");
  return {
    runSuite: async (rig) => {
      mkdirSync(store, { recursive: true });
      writeFileSync(join(folder, "table"), rig.tableFile.table);
      const machine = { broker: { host: "127.0.0.1", port: rig.brokerPort }, channels: [OBIS_IMPORT] };
      const results = rig.nextBoot();
      const onLine = (line: string): void => {
        const log = /^log (?:info|warn) (.*)$/.exec(line)?.[1];
        if (log !== undefined) rig.note(log);
        else lines.hear(line);
      };
      const onFault = (why: string): void => {
        rig.fail(new ChoirError("engine_failed", "simulator", "a suite to its end", why));
      };
      const meter = await SimulatedMeter.prepare({ sdk, app, display, folder, machine, onLine, onFault });
      const lines: MessageLines = new MessageLines(
        "rig",
        (line) => meter.tell(line),
        (question) =>
          answerTo(rig, question).then(
            (answer) => lines.send(answer),
            (error: unknown) => rig.fail(error),
          ),
      );
      meter.boot();
      meter.untilGone().then(() => onFault("the end of the process"));
      return {
        results,
        cutPowerWhileWriting: async () => {
          await changes(store, CHANGES_BEFORE_CUT);
          await meter.close();
        },
        cutPower: () => meter.close(),
      };
    },
  };
}

/** Resolves when so much has happened in a folder. */
function changes(folder: string, count: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    const watcher = watch(folder, () => {
      seen++;
      if (seen < count) return;
      watcher.close();
      resolve();
    });
  });
}
