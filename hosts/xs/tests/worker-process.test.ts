/** The worker process with tiny scripts: what it answers, how it asks, how it fails and how it dies. */

import { expect, test } from "@jest/globals";
import { hasCode } from "../../../core/errors.ts";
import { WorkerProcess } from "../worker-process.ts";
import { bytesOf, describeWithWorker, textOf } from "./with-worker.ts";

/** The error a promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => expect(value).toBe("an error"),
    (error: unknown) => error,
  );
}

/** What `expression` is in the engine, as text. */
async function inEngine(worker: WorkerProcess, expression: string): Promise<string> {
  const { reply } = await worker.evaluate(`new TextEncoder().encode(String(${expression})).buffer`);
  return textOf(reply);
}

const hello = bytesOf("hello");

describeWithWorker("XS worker process", ({ workerPath, start }) => {
  test("a command comes back as the engine's handler made it, with its compute units", async () => {
    const worker = start();
    await worker.evaluate("handleCommand = (b) => new Uint8Array([...new Uint8Array(b)].reverse()).buffer");
    const first = await worker.command(hello);
    expect(textOf(first.reply)).toBe("olleh");
    expect(first.compute).toBeGreaterThan(0);
  });

  test("the same work costs the same compute units in every worker", async () => {
    const script = "let x = 3n; for (let i = 0; i < 2000; i++) x = (x * x) % 1000003n; new ArrayBuffer(1)";
    const costs = await Promise.all([start(), start()].map(async (worker) => (await worker.evaluate(script)).compute));
    expect(costs[0]).toBe(costs[1]);
  });

  test("a megabyte goes in and out unchanged", async () => {
    const worker = start();
    await worker.evaluate("handleCommand = (b) => b");
    const megabyte = Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 31) & 0xff);
    expect(Buffer.compare((await worker.command(megabyte)).reply, megabyte)).toBe(0);
  });

  test("commands given at once are answered one at a time, in order", async () => {
    const worker = start();
    await worker.evaluate("let n = 0; handleCommand = () => Uint8Array.of(++n).buffer");
    const replies = await Promise.all([1, 2, 3, 4].map(() => worker.command(hello)));
    expect(replies.map(({ reply }) => reply[0])).toEqual([1, 2, 3, 4]);
  });

  test("the engine's query is answered while it stands still", async () => {
    const asked: string[] = [];
    const worker = start({
      onQuery: (query) => {
        asked.push(textOf(query));
        return bytesOf(`${asked.length}`);
      },
    });
    await worker.evaluate("handleCommand = (b) => { issueCommand(b); return issueCommand(b); }");
    expect(textOf((await worker.command(hello)).reply)).toBe("2");
    expect(asked).toEqual(["hello", "hello"]);
  });

  test("an onQuery that throws fails the command with its own error and ends the worker", async () => {
    const refusal = new RangeError("no");
    const worker = start({
      onQuery: () => {
        throw refusal;
      },
    });
    await worker.evaluate("handleCommand = (b) => issueCommand(b)");
    expect(await failure(worker.command(hello))).toBe(refusal);
    expect(await failure(worker.command(hello))).toBe(refusal);
  });

  test("what a handler throws is the command's error, and the worker lives on", async () => {
    const worker = start();
    await worker.evaluate(
      "handleCommand = (b) => { if (b.byteLength > 2) throw new RangeError('too long'); return b; }",
    );
    await expect(worker.command(hello)).rejects.toThrow("RangeError: too long");
    expect(textOf((await worker.command(bytesOf("ok"))).reply)).toBe("ok");
  });

  test.each([
    ["an object whose result is set by promise jobs", "async () => { await null; await null; reply.result = b; }"],
    ["one set after setImmediate", "() => setImmediate(() => Promise.resolve().then(() => { reply.result = b; }))"],
  ])("a handler may answer later: %s", async (_, later) => {
    const worker = start();
    await worker.evaluate(`handleCommand = (b) => { const reply = {}; (${later})(); return reply; }`);
    expect(textOf((await worker.command(hello)).reply)).toBe("hello");
  });

  test.each([
    ["a Promise", "async (b) => b"],
    ["a Uint8Array", "(b) => new Uint8Array(b)"],
    ["nothing", "() => {}"],
    ["an empty ArrayBuffer", "() => new ArrayBuffer(0)"],
    ["an object without its result yet", "() => ({})"],
  ])("a handler that returns %s is an error, never an empty reply", async (_, handler) => {
    const worker = start();
    await worker.evaluate(`handleCommand = ${handler}`);
    await expect(worker.command(hello)).rejects.toThrow("no bytes from handleCommand");
  });

  test("a promise rejected without a handler fails the command, whatever the command answered", async () => {
    const worker = start();
    await worker.evaluate("handleCommand = (b) => { Promise.reject(new Error('lost')); return b; }");
    await expect(worker.command(hello)).rejects.toThrow("an unhandled rejection: Unhandled exception Error: lost");
    await worker.evaluate("handleCommand = (b) => { Promise.reject(0).catch(() => {}); return b; }");
    expect(textOf((await worker.command(hello)).reply)).toBe("hello");
  });

  test.each([
    [
      "a stack overflow, which no script can catch",
      "() => { const f = () => f() + 1; try { f(); } catch {} }",
      "exit 12",
    ],
    ["memory that runs out", "() => { new ArrayBuffer(1.5e9); }", "exit 11"],
    ["a throwing setImmediate callback", "() => setImmediate(() => { throw new Error('late'); })", "Error: late"],
  ])("%s ends the process, and every waiting command is told", async (_, handler, message) => {
    const worker = start();
    await worker.evaluate(`handleCommand = ${handler}`);
    const errors = await Promise.all([1, 2].map(() => failure(worker.command(hello))));
    for (const error of errors) {
      expect(hasCode(error, "engine_failed")).toBe(true);
      expect(String(error)).toContain(message);
    }
    expect(await failure(worker.command(hello))).toBe(errors[0]);
  });

  test("kill is a power cut: nothing is answered and nothing is asked any more", async () => {
    let asked = 0;
    const worker = start({
      onQuery: () => {
        asked += 1;
        if (asked === 3) void worker.kill();
        return hello;
      },
    });
    await worker.evaluate("handleCommand = (b) => { for (;;) issueCommand(b); }");
    const error = await failure(worker.command(hello));
    expect(hasCode(error, "engine_failed")).toBe(true);
    await worker.kill();
    expect(asked).toBe(3);
    expect(() => process.kill(worker.pid ?? Number.NaN, 0)).toThrow("ESRCH");
  });

  test("a query already on its way when the power is cut is not heard", async () => {
    let asked = 0;
    const worker = start({ onQuery: () => Uint8Array.of(++asked) });
    await worker.evaluate("handleCommand = (b) => issueCommand(b)");
    const pending = failure(worker.command(hello));
    // This thread sleeps, so that the query waits in the pipe, unread.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    await worker.kill();
    expect(hasCode(await pending, "engine_failed")).toBe(true);
    expect(asked).toBe(0);
  });

  test("close waits for what was asked, then the process is gone and takes nothing more", async () => {
    const worker = start();
    const last = worker.evaluate("new ArrayBuffer(3)");
    const closed = worker.close();
    await expect(worker.evaluate("0")).rejects.toThrow("closed");
    expect((await last).reply.length).toBe(3);
    await closed;
    expect(() => process.kill(worker.pid ?? Number.NaN, 0)).toThrow("ESRCH");
  });

  test("a binary that cannot be run and a snapshot that cannot be read fail the first command", async () => {
    const missing = new WorkerProcess({ workerPath: `${workerPath}-missing` });
    await expect(missing.evaluate("0")).rejects.toThrow("ENOENT");
    await missing.close();
    await expect(start({ snapshotPath: "/nowhere/meter.xss" }).evaluate("0")).rejects.toThrow("cannot read snapshot");
  });

  test("a bigint and its big-endian bytes turn into each other by the engine's own functions", async () => {
    const worker = start();
    expect(await inEngine(worker, "BigInt.fromArrayBuffer(Uint8Array.of(0x81, 0, 2).buffer)")).toBe(`${0x81_00_02}`);
    expect(await inEngine(worker, "new Uint8Array(ArrayBuffer.fromBigInt(0x810002n, 4))")).toBe("0,129,0,2");
    expect(await inEngine(worker, "new Uint8Array(ArrayBuffer.fromBigInt(0n))")).toBe("0");
  });

  test("what the engine offers besides the language is what its program counts on", async () => {
    const worker = start();
    for (const present of ["performance.now", "TextEncoder", "TextDecoder", "setImmediate", "issueCommand", "gc"]) {
      expect(`${present} ${await inEngine(worker, `typeof ${present}`)}`).toBe(`${present} function`);
    }
    for (const absent of ["console", "crypto", "setTimeout", "queueMicrotask", "structuredClone", "Intl"]) {
      expect(`${absent} ${await inEngine(worker, `typeof ${absent}`)}`).toBe(`${absent} undefined`);
    }
  });
});
