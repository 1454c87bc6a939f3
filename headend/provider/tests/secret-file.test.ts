/** The secret key's file: for its owner alone, and no error tells what is in it. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, test } from "@jest/globals";
import { generateSecretKey } from "../../../core/secret/key-pair.ts";
import { readSecretKey } from "../secret-file.ts";

const folder = mkdtempSync(join(tmpdir(), "choir-"));
const secret = generateSecretKey(512);
const factors = secret.use((p, q) => ({ p: p.toString(16), q: q.toString(16) }));

afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string, mode: number): string {
  const path = join(folder, `${mode}-${content.length}.json`);
  writeFileSync(path, content, { mode });
  return path;
}

describe("a secret key's file", () => {
  test("gives the key, which prints as nothing", () => {
    const read = readSecretKey(file(JSON.stringify(factors), 0o600));
    expect(read.n).toBe(secret.n);
    expect(`${read}${JSON.stringify(read)}${inspect(read)}`).not.toContain(factors.p.slice(0, 8));
  });

  test("that others may read is refused", () => {
    const open = file(JSON.stringify(factors), 0o644);
    expect(() => readSecretKey(open)).toThrow(expect.objectContaining({ code: "config_invalid", subject: open }));
  });

  test("that is damaged is refused without a word of its content", () => {
    const { p } = factors;
    for (const content of [`{"p":"${p}"`, `{"p":"${p}"}`, `{"p":"${p}","q":"xyz"}`, `{"p":"${p}","q":"${p}"}`, ""]) {
      let fault: unknown;
      try {
        readSecretKey(file(content, 0o600));
      } catch (error) {
        fault = error;
      }
      expect(fault).toMatchObject({ name: "ChoirError" });
      expect(inspect(fault)).not.toContain(p.slice(0, 8));
    }
  });
});
