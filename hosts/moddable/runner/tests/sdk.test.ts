/** What is missing for a build is said in one line, with where to read. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { buildApp, findSdk, type Sdk, whyNoSdk } from "../sdk.ts";

describe("a build for the simulator", () => {
  const folder = mkdtempSync(join(tmpdir(), "choir-sdk-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("without MODDABLE says so, and where to read", () => {
    for (const environment of [{}, { MODDABLE: "" }]) {
      expect(whyNoSdk(environment)).toMatch(/^MODDABLE is not set: .*Getting Started\.md\)$/);
      expect(() => findSdk(environment)).toThrow(expect.objectContaining({ code: "engine_absent" }));
    }
  });

  test("with a folder that has no tools names the folder", () => {
    expect(whyNoSdk({ MODDABLE: folder })).toMatch(new RegExp(`^(${folder}.* is not there|the Moddable simulator)`));
  });

  // where there is no pkg-config the linker has to say it
  (process.platform === "win32" ? test.skip : test)(
    "without libsodium names it, its packages and where to read",
    () => {
      writeFileSync(join(folder, "pkg-config"), "#!/bin/sh\nexit 1\n");
      chmodSync(join(folder, "pkg-config"), 0o755);
      const sdk: Sdk = { environment: { PATH: folder }, platform: "lin", simulator: "", devices: "", library: "" };
      let message = "";
      try {
        buildApp(sdk, "debug");
      } catch (error) {
        expect(error).toMatchObject({ code: "engine_absent", subject: "libsodium" });
        message = error instanceof Error ? error.message : "";
      }
      expect(message).toMatch(/libsodium-dev.*doc\.libsodium\.org/);
      expect(message).not.toContain("\n");
    },
  );
});
