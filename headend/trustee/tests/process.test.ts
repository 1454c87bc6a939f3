/** A trustee as a process over a broker: it answers testimonies, the same after kill -9, forgets its share in time, and does not start on what it cannot trust. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { connectAsync, type MqttClient } from "mqtt";
import { topics } from "../../../core/wire/topics.ts";
import { SteppedProcess, startAedes, type TestBroker } from "../../service/tests/child.ts";
import { Town } from "../../service/tests/town.ts";
import { KEPT_MS } from "../../service/windows.ts";
import { auditLines } from "../audit.ts";
import { Chamber } from "./chamber.ts";

const main = new URL("./main-512.js", import.meta.url);
const INTERVAL = 2000;
const BLOCKS = ["g0-b0", "g0-b1"];
const town = new Town({ trustees: ["t1", "t2", "t3"], lastInterval: INTERVAL });

let folder: string;
let broker: TestBroker;
let outside: MqttClient;
let chamber: Chamber;
let config: string;
const running: SteppedProcess[] = [];
/** Answers heard at the broker. */
let heard: Uint8Array[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "choir-"));
  broker = await startAedes();
  outside = await connectAsync(broker.url);
  heard = [];
  outside.on("message", (_topic, payload) => heard.push(payload));
  await outside.subscribeAsync(topics.share("g0", "t1"), { qos: 1 });
  chamber = new Chamber(town);
  await chamber.start();
  config = await town.write(folder, broker.url).trustee("t1");
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.kill()));
  await chamber.end();
  await outside.endAsync(true);
  await broker.close();
  rmSync(folder, { recursive: true });
});

function start(): SteppedProcess {
  const child = new SteppedProcess(main, config, "stepped");
  running.push(child);
  return child;
}

/** Publishes a testimony and waits for the answer. */
async function testify(testimony: Uint8Array): Promise<Uint8Array | undefined> {
  const before = heard.length;
  await outside.publishAsync(topics.evidence("g0"), Buffer.from(testimony), { qos: 1 });
  while (heard.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  return heard.at(-1);
}

async function lines(): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const line of auditLines(config, 512)) found.push(JSON.parse(line));
  return found;
}

function sound() {
  return chamber.draft("g0", INTERVAL, BLOCKS, chamber.readings(INTERVAL, BLOCKS).values());
}

describe("a trustee's process", () => {
  test("answers testimonies, the same bytes after kill -9, and shows in its audit what it did", async () => {
    const first = start();
    await first.ready;
    await first.step(town.after(INTERVAL, 15_000));
    const draft = sound();
    const testimony = chamber.encode(draft);
    const answer = await testify(testimony);
    // shares are made with nonces of their own: only the ledger can give these bytes again
    chamber.answers.push(answer ?? new Uint8Array(0));
    await chamber.lastShare(draft, [...chamber.readings(INTERVAL, BLOCKS).keys()]);
    await expect(lines()).rejects.toThrow("another process has open");
    await first.kill();

    const second = start();
    expect((await second.ready).handled).toHaveLength(1);
    await second.step(town.after(INTERVAL, 16_000));
    expect(await testify(testimony)).toEqual(answer);
    await testify(chamber.encode(chamber.draft("g0", INTERVAL, ["g0-b0"], draft.envelopes.slice(1, 3), { part: 1 })));
    expect(await second.terminate()).toBe(0);
    const [share, refusal, ...rest] = await lines();
    expect(rest).toEqual([]);
    expect(share).toMatchObject({
      type: "share",
      group: "g0",
      interval: INTERVAL,
      part: 0,
      blocks: BLOCKS,
      contributors: 6,
    });
    expect(refusal).toMatchObject({ type: "refused", part: 1, reason: "block_not_whole", leaveOut: ["g0-b0"] });
  });

  test("erases its share 7 days after the key's last interval, file and all, says so, and does not start again", async () => {
    const child = start();
    await child.ready;
    await child.step(town.after(INTERVAL, KEPT_MS));
    const draft = sound();
    const last = await testify(chamber.encode(draft));
    expect(existsSync(join(folder, "t1.share"))).toBe(true);
    const { nextMs } = await child.settle();
    expect(nextMs).toBe(town.after(INTERVAL, KEPT_MS + 1));
    await child.step(town.after(INTERVAL, KEPT_MS + 1));
    expect(existsSync(join(folder, "t1.share"))).toBe(false);
    expect(child.log).toContain("its share is erased");
    await testify(chamber.encode(chamber.draft("g0", INTERVAL, BLOCKS, draft.envelopes, { part: 1 })));
    chamber.answers.push(last ?? new Uint8Array(0), heard.at(-1) ?? new Uint8Array(0));
    expect(chamber.lastAnswer()).toMatchObject({ answer: { status: "refused", reason: "interval_closed" } });
    expect(await child.terminate()).toBe(0);
    const again = start();
    expect(await again.ended).not.toBe(0);
    expect(again.log).toContain("share was erased");
  });

  test("does not start on what it cannot trust, and says why", async () => {
    const original = town.write(folder, broker.url);
    const other = new Town({ trustees: ["t1", "t2", "t3"] });
    const faults: readonly (readonly [string, string, string | Uint8Array])[] = [
      ["signature_wrong", "roll.cose", other.rollBytes],
      ["signer_unknown", "t1.pem", other.provider.pem],
      ["signer_unknown", "t1-sealing.pem", other.holders.get("t1")?.sealing.pem ?? ""],
      ["cbor_malformed", "t1.share", new Uint8Array(3).fill(255)],
    ];
    for (const [code, name, content] of faults) {
      writeFileSync(join(folder, name), content);
      const child = start();
      expect(await child.ended).not.toBe(0);
      expect(child.log).toContain(code);
      await original.trustee("t1");
      town.write(folder, broker.url);
    }
    config = await original.trustee("provider");
    const child = start();
    expect(await child.ended).not.toBe(0);
    expect(child.log).toContain("member_unknown");
  });
});
