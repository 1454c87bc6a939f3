/** The works on bare XS, in a worker process with the ports of hosts/xs; Node supplies entropy alone. */

import { randomFillSync } from "node:crypto";
import { ChoirError } from "../../../core/errors.ts";
import { decodeCbor, encodeCbor, Fields } from "../../../core/wire/cbor.ts";
import { bundleForXs, sourcePath } from "../../../hosts/xs/bundle.ts";
import { WorkerProcess } from "../../../hosts/xs/worker-process.ts";
import type { Cost, Engine } from "./engine.ts";
import { materialToCbor, type WorkMaterial, type WorkName } from "./works.ts";

const ENTRY = "sim/benches/engines/xs-entry.ts";
const MOST_ENTROPY_BYTES = 65_536;
/** The worker counts its units modulo this. */
const COMPUTE_WRAP = 2 ** 32;

/** Starts XS with the works in it. @throws ChoirError engine_failed. */
export async function xsEngine(workerPath: string, material: WorkMaterial): Promise<Engine> {
  const worker = new WorkerProcess({ workerPath, onQuery: giveEntropy });
  /** What a command costs in which the work runs not once. */
  const idleCompute = new Map<WorkName, number>();

  const run = async (work: WorkName, times: number): Promise<{ ms: number; compute: number }> => {
    const { reply, compute } = await worker.command(encodeCbor(["run", work, times]));
    const nanoseconds = new Fields([decodeCbor(reply, "reply")], "reply", 1).uint(0, "nanoseconds");
    return { ms: nanoseconds / 1e6, compute };
  };

  const sample = async (work: WorkName, times: number): Promise<Cost> => {
    const idle = idleCompute.get(work) ?? (await run(work, 0)).compute;
    idleCompute.set(work, idle);
    const { ms, compute } = await run(work, times);
    return { ms: ms / times, compute: ((compute - idle + COMPUTE_WRAP) % COMPUTE_WRAP) / times };
  };

  try {
    await worker.evaluate(await bundleForXs(sourcePath(ENTRY)));
    await worker.command(encodeCbor(["material", [materialToCbor(material)], 0]));
  } catch (error) {
    await worker.kill();
    throw error;
  }
  return { name: "xs", sample, close: () => worker.close() };
}

/** The one thing that the works ask of the machine outside. */
function giveEntropy(query: Uint8Array): Uint8Array {
  const question = new Fields(decodeCbor(query, "query"), "query", 2);
  if (question.text(0, "name") !== "entropy") {
    throw new ChoirError("engine_failed", "query", "entropy", "another question");
  }
  return encodeCbor([randomFillSync(new Uint8Array(question.uint(1, "length", MOST_ENTROPY_BYTES)))]);
}
