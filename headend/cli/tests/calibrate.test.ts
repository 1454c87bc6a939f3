/** `choir calibrate`: docs/HARDWARE.md's own example, and what it says of arguments that are no measurements. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { choir } from "./choir.ts";

const root = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));

describe("choir calibrate", () => {
  test("answers the example of docs/HARDWARE.md as that page says", async () => {
    const page = readFileSync(join(root, "docs/HARDWARE.md"), "utf8");
    const [, args = "", answer] = /\$ npx choir (calibrate .*)\n\s*(\{.*\})\n/.exec(page) ?? [];
    expect(await choir(args.split(" "))).toMatchObject({ code: 0, stderr: "", stdout: `${answer}\n` });
  });

  test.each([
    [["0=1.9", "5000:220"], '"5000:220"'],
    [["0=1.9", "-5000=220"], "-5000"],
    [["0=1.9", "5000=220"], "2 different loads or more"],
    [["2000=100", "5000=220"], "a measurement without a load"],
  ])("refuses %p in one line", async (measurements, told) => {
    const run = await choir(["calibrate", ...measurements]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(/^choir: [^\n]*\(input_invalid\)\n$/);
    expect(run.stderr).toContain(told);
  });
});
