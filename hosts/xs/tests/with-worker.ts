/** Where the optional XS worker is absent its tests are skipped, in one printed line; with CI=true they fail instead. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { engineVersion, xsWorkerPath } from "../engine.ts";
import { WorkerProcess } from "../worker-process.ts";

/** Starts workers that are gone when the test ends. */
export interface WorkerBench {
  readonly workerPath: string;
  readonly start: (options?: {
    readonly snapshotPath?: string;
    readonly onQuery?: (query: Uint8Array) => Uint8Array;
  }) => WorkerProcess;
}

/** A describe block that needs the worker binary. */
export function describeWithWorker(name: string, body: (bench: WorkerBench) => void): void {
  const workerPath = xsWorkerPath();
  if (workerPath === undefined) {
    const { CI } = process.env;
    if (CI === "true") {
      test(`${name}: the XS worker is there`, () => expect(workerPath).toBeDefined());
    } else {
      process.stderr.write(`skipped: ${name} (no XS worker: @agoric/xsnap is not installed or was not compiled)\n`);
      describe.skip(name, () => test("needs the XS worker", () => undefined));
    }
    return;
  }
  describe(`${name} (${engineVersion(workerPath)})`, () => {
    const running: WorkerProcess[] = [];
    afterEach(async () => {
      await Promise.all(running.splice(0).map((worker) => worker.kill()));
    });
    body({
      workerPath,
      start: (options) => {
        const worker = new WorkerProcess({ workerPath, ...options });
        running.push(worker);
        return worker;
      },
    });
  });
}

/** The bytes of a text, and back. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
