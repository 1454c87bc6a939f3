/** The conformance suite on every host of this computer (ARCHITECTURE.md, ports). */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { fromHex } from "../../../core/bytes.ts";
import { buildTable } from "../../../core/paillier/comb.ts";
import { testKey } from "../../../core/tests/vectors.ts";
import { nativeCases } from "../../desktop/tests/conformance/native-cases.ts";
import { type Display, openDisplay } from "../../moddable/runner/display.ts";
import { buildApp, findSdk, whyNoSdk } from "../../moddable/runner/sdk.ts";
import { nodeDigest } from "../../node/primitives.ts";
import { describeWithWorker } from "../../xs/tests/with-worker.ts";
import type { Case, Result } from "./case.ts";
import { DESKTOP_SUITE, desktopUnderTest } from "./desktop-under-test.ts";
import { nodeUnderTest, type SuiteHost, xsUnderTest } from "./hosts.ts";
import { SuiteRig } from "./rig.ts";
import { AFTER_POWER_CUT, FIRST_BOOT } from "./suite.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-conformance-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function conformance(name: string, hostUnderTest: () => SuiteHost, more: readonly Case[] = []): void {
  describe("ports", () => {
    const results = new Map<string, Result>();

    beforeAll(async () => {
      const { key, vector } = testKey(512);
      const table = buildTable(key, fromHex(vector.seed), nodeDigest);
      const rig = await SuiteRig.build(join(folder, `${name}-flash`), { table, residueBytes: key.bytes });
      try {
        const host = hostUnderTest();
        const first = await host.runSuite(rig);
        for (const result of await first.results) results.set(result.name, result);
        await first.cutPowerWhileWriting();
        await rig.wire([
          { level: 0, atMicros: 0 },
          { level: 1, atMicros: 1_000_000 },
          { level: 0, atMicros: 2_000_000 },
        ]);
        const second = await host.runSuite(rig);
        for (const result of await second.results) results.set(result.name, result);
        await second.cutPower();
      } finally {
        await rig.close();
      }
    });

    const promised = (cases: readonly Case[]): void => {
      test.each(cases.map((one) => one.name))("%s", (promise) => {
        expect(results.get(promise)).toEqual({ name: promise, ok: true, detail: "" });
      });
    };
    describe("at the first boot", () => promised([...FIRST_BOOT, ...more]));
    describe("after a power cut", () => promised(AFTER_POWER_CUT));
  });
}

describe("hosts/node", () => conformance("node", nodeUnderTest));

describeWithWorker("hosts/xs", ({ workerPath }) => {
  conformance("xs", () => xsUnderTest(workerPath, join(folder, "snapshots")));
});

const missing = whyNoSdk();
if (missing !== undefined) process.stderr.write(`skipped: the suite on hosts/desktop: ${missing}\n`);
const whereTheSdkIs = missing === undefined ? describe : describe.skip;

whereTheSdkIs("hosts/desktop", () => {
  let display: Display;
  let app = "";
  beforeAll(async () => {
    display = await openDisplay();
    app = buildApp(findSdk(), "debug", DESKTOP_SUITE);
  });
  afterAll(() => display?.stop());
  const desktop = (): SuiteHost =>
    desktopUnderTest({ sdk: findSdk(), app, display: display.name, folder: join(folder, "desktop-disk") });
  conformance("desktop", desktop, nativeCases);
});
