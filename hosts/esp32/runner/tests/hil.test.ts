/** What `npm run test:hil` takes and refuses, and that it says in one line what is missing. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { repositoryRoot } from "../../../moddable/runner/sdk.ts";
import { readBenchArguments } from "../hil-arguments.ts";
import { whyNoEmulator } from "../hil-emulator.ts";

describe("the arguments", () => {
  test("name a board, its radio network and this computer", () => {
    const words = ["--port", "/dev/ttyUSB0", "--subplatform", "esp32s3", "--wifi", "bench", "--no-flash", "--json"];
    const told = readBenchArguments([...words, "--broker-host", "192.0.2.7"], { CHOIR_WIFI_PASSWORD: "a password" });
    expect(told).toMatchObject({
      ...{ chip: "esp32s3", json: true, trace: false },
      subject: { kind: "board", port: "/dev/ttyUSB0", flash: false, brokerHost: "192.0.2.7", wifi: { ssid: "bench" } },
    });
    expect(JSON.stringify(told)).not.toContain("a password");
  });

  test("or an emulator, which is an ESP32-C3 unless another is named", () => {
    expect(readBenchArguments(["--qemu", "qemu"], {})).toEqual({
      ...{ chip: "esp32c3", json: false, trace: false, subject: { kind: "emulator", path: "qemu", memory: false } },
    });
  });

  test.each([
    [[]],
    [["--port", "a", "--qemu", "b"]],
    [["--port", "a"]],
    [["--port", "a", "--wifi", "w", "--broker-host", "h", "--memory"]],
    [["--qemu", "a", "--subplatform", "z80"]],
    [["x"]],
  ])("%j are refused", (words) => {
    expect(() => readBenchArguments(words, {})).toThrow(/input_invalid/);
  });
});

describe("a computer without the tools", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "choir-hil-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is told in one line, and the status is 1", () => {
    const main = join(repositoryRoot(), "dist/hosts/esp32/tests/hil/main.js");
    for (const words of [
      ["--qemu", join(folder, "none")],
      ["--port", join(folder, "tty"), "--wifi", "w", "--broker-host", "h"],
    ]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
        env: { PATH: folder },
        encoding: "utf8",
      });
      expect({ status, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({
        status: 1,
        stdout: "",
        lines: 1,
      });
      expect(stderr).toMatch(/docs\.espressif\.com.*\(engine_absent\)/);
    }
  });

  test("is told of an emulator that has not the chip", () => {
    const emulator = join(folder, "qemu");
    writeFileSync(emulator, "#!/bin/sh\necho 'esp32 a machine'\n", { mode: 0o755 });
    expect(whyNoEmulator(emulator, "esp32c3")).toMatch(/does not emulate esp32c3/);
    expect(whyNoEmulator(emulator, "esp32c6")).toMatch(/no machine for esp32c6/);
    writeFileSync(emulator, "#!/bin/sh\necho 'esp32c3 a machine'\n", { mode: 0o755 });
    expect(whyNoEmulator(emulator, "esp32c3")).toBeUndefined();
  });
});
