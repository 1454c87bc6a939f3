/** What building, flashing and signing take and refuse; each says in one line what is missing. */
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { fromHex, toHex } from "../../../../core/bytes.ts";
import { readUpdateHeader, UPDATE_HEADER_BYTES } from "../../../../core/wire/update-file.ts";
import { repositoryRoot } from "../../../moddable/runner/sdk.ts";
import { nodeVerify } from "../../../node/primitives.ts";
import { readArguments } from "../arguments.ts";
import { whyNoIdf } from "../image.ts";
import { meterImage } from "../meter-image.ts";
import { updateFile } from "../update-image.ts";
import { publicHalf, updateSigner } from "../update-key.ts";

let folder = "";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-esp32-"));
  writeFileSync(join(folder, "private.pem"), privateKey.export({ format: "pem", type: "pkcs8" }));
  writeFileSync(join(folder, "public.pem"), publicKey.export({ format: "pem", type: "spki" }));
  const { privateKey: other } = generateKeyPairSync("x25519");
  writeFileSync(join(folder, "other.pem"), other.export({ format: "pem", type: "pkcs8" }));
  writeFileSync(join(folder, "nothing.pem"), "nothing");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the arguments", () => {
  test("name a chip, and what they leave out is a release for an ESP32 with its console on the first port", () => {
    expect(readArguments([])).toEqual({
      ...{ chip: "esp32", goal: "release", console: "uart0", port: undefined, updateKey: undefined },
    });
    expect(readArguments(["--subplatform", "esp32c3", "--debug", "--port", "/dev/ttyUSB1"])).toMatchObject({
      ...{ chip: "esp32c3", goal: "debug", console: "uart1", port: "/dev/ttyUSB1" },
    });
    expect(readArguments(["--debug", "--console", "usb"]).console).toBe("usb");
  });

  test.each([[["--subplatform", "esp8266"]], [["--console", "radio"]], [["--speed", "3"]], [["esp32c3"]]])(
    "%j are refused",
    (words) => {
      expect(() => readArguments(words)).toThrow(/input_invalid/);
    },
  );
});

describe("a computer without the tools", () => {
  test("is told which are missing and where to read, in one line, and nothing is built", () => {
    const run = (environment: NodeJS.ProcessEnv) => {
      const build = join(repositoryRoot(), "dist/hosts/esp32/runner/build.js");
      const { status, stdout, stderr } = spawnSync(process.execPath, [build], {
        env: { PATH: process.env["PATH"], ...environment },
        encoding: "utf8",
      });
      return { status, stdout, lines: stderr.trimEnd().split("\n").length, stderr };
    };
    const nothing = run({});
    expect(nothing).toMatchObject({ status: 1, stdout: "", lines: 1 });
    expect(nothing.stderr).toMatch(/MODDABLE is not set.*documentation/);
    expect(whyNoIdf({})).toMatch(/IDF_PATH is not set.*documentation/);
    expect(whyNoIdf({ IDF_PATH: folder })).toMatch(/idf\.py is not there.*documentation/);
  });
});

describe("an update", () => {
  const image = (chip: number) => {
    const bytes = new Uint8Array(1_000).fill(1);
    bytes.set([0xe9, 1, 2, 3], 0);
    new DataView(bytes.buffer).setUint16(12, chip, true);
    return bytes;
  };

  test("says which chip its image is for, and is signed by the key whose public half the build was given", () => {
    const { chip, bytes } = updateFile(image(5), "1.2.3", updateSigner(join(folder, "private.pem")));
    expect(chip).toBe("esp32c3");
    const key = fromHex(publicHalf(join(folder, "public.pem")));
    const header = readUpdateHeader(bytes.subarray(0, UPDATE_HEADER_BYTES), key, nodeVerify);
    expect(header).toMatchObject({ chip: "esp32c3", version: "1.2.3", length: 1_000 });
    expect(bytes.subarray(UPDATE_HEADER_BYTES)).toEqual(image(5));
    expect(
      [0, 9, 13].map((id) => updateFile(image(id), "1.2.3", updateSigner(join(folder, "private.pem"))).chip),
    ).toEqual([...["esp32", "esp32s3", "esp32c6"]]);
  });

  test("is not made of what is no image, or of a chip without a host", () => {
    const signer = updateSigner(join(folder, "private.pem"));
    expect(() => updateFile(new Uint8Array(1_000), "1.2.3", signer)).toThrow(/input_invalid/);
    expect(() => updateFile(image(2), "1.2.3", signer)).toThrow(/input_invalid/);
    expect(() => updateFile(image(5).subarray(0, 20), "1.2.3", signer)).toThrow(/input_invalid/);
  });

  test("takes a key in PEM and nothing else", () => {
    expect(publicHalf(join(folder, "private.pem"))).toBe(publicHalf(join(folder, "public.pem")));
    for (const name of ["other.pem", "nothing.pem", "absent.pem"]) {
      expect(() => publicHalf(join(folder, name))).toThrow(/config_invalid/);
    }
    expect(() => updateSigner(join(folder, "public.pem"))).toThrow(/config_invalid/);
  });

  test("is taken by an image that was built with the key, and by none other", () => {
    const board = readArguments(["--update-key", join(folder, "public.pem")]);
    const raw = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
    expect(meterImage(board).settings).toEqual({ console: "uart0", updateKey: toHex(raw) });
    expect(meterImage(readArguments([])).settings).toEqual({ console: "uart0" });
    expect(meterImage(readArguments([])).manifest).toBe("manifest.json");
    expect(meterImage(readArguments(["--debug"])).manifest).toBe("hosts/esp32/debug.json");
  });
});
