/** The debugger's end of an engine: it lets one go on that it was asked by, by its name on a serial port, and takes its samples. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { DebugListener, type MemorySample } from "../debug-listener.ts";

const GO = "\r\n<go/>\r\n";
const INSTRUMENTS = `<instruments>${["Chunk used", "Slot used", "Stack used"]
  .map((name) => `<instrument name="${name}" value=" bytes"/>`)
  .join("")}</instruments>`;

describe("the debugger's end", () => {
  const samples: MemorySample[] = [];
  let listener: DebugListener;
  let engine: Socket;

  beforeEach(async () => {
    samples.length = 0;
    listener = await DebugListener.open({ sample: (one) => samples.push(one), trace: () => {}, stopped: () => {} });
    engine = connect(listener.port, "127.0.0.1").setEncoding("utf8");
    await once(engine, "connect");
  });
  afterEach(() => {
    engine.destroy();
    listener.close();
  });

  /** What the listener says to this. */
  const answer = async (words: string): Promise<unknown> => {
    const said = once(engine, "data");
    engine.write(words);
    return (await said)[0];
  };

  test("lets a simulator go on", async () => {
    expect(await answer("<xsbug><frames></frames></xsbug>")).toBe(GO);
  });

  test("names an engine on a serial port as it named itself, from its first word on", async () => {
    const tag = "<?xs.3FCA2814?>";
    expect(await answer(`\r\n${tag}\r\n<xsbug><frames></frames></xsbug>`)).toBe(`\r\n${tag}${GO}`);
    expect(await answer("<xsbug><break></break></xsbug>")).toBe(`\r\n${tag}${GO}`);
  });

  test("takes samples by the names that the engine gave", async () => {
    await answer(`<xsbug>${INSTRUMENTS}</xsbug><xsbug><samples>1000,640,320</samples></xsbug><xsbug><frames></xsbug>`);
    expect(samples).toMatchObject([{ chunkBytes: 1000, slotBytes: 640, stackBytes: 320 }]);
  });
});
