/** The memory of the meter's own image on an emulated chip, by its engine's samples: the budget of docs/HARDWARE.md (Memory), with the largest key and group. */

import { setTimeout } from "node:timers/promises";
import { OBIS_IMPORT } from "../../../../core/names.ts";
import {
  type ChipMemory,
  inUseOnChip,
  MEMORY_BUDGET,
  peakOnChip,
  SLOT_BYTES,
} from "../../../moddable/runner/chip-memory.ts";
import type { DebugListener, MemorySample } from "../../../moddable/runner/debug-listener.ts";
import type { Bench } from "./bench.ts";
import { type BenchSize, NEIGHBOURS, POOL_TARGET } from "./bench-deployment.ts";
import { Broken, type Step } from "./steps.ts";

/** What the budget is for: the preferred key, and a group of 200. */
export const MEMORY_SIZE: BenchSize = { keyBits: 3072, strangers: 199 - NEIGHBOURS.length };
const READINGS = 3;
const LOOK_MS = 500;

/** Samples so far, and what is left when the engine is asked. */
export interface EngineMemory {
  readonly samples: readonly MemorySample[];
  readonly debug: Pick<DebugListener, "live">;
}

export function memorySteps({ samples, debug }: EngineMemory): readonly Step[] {
  return [
    {
      name: "is provisioned over its console and joins the broker",
      isVital: true,
      run: async (bench) => {
        await bench.provision();
        return peakOnChip(samples, SLOT_BYTES.bits32);
      },
    },
    {
      name: "its engine stays within its memory from a start through intervals with sealing, signing, refilling and receipts",
      run: async (bench) => {
        const before = await bench.onlines;
        await bench.cutPower();
        const first = samples.length;
        await bench.online(before);
        await intervals(bench);
        const started = samples.slice(first);
        if (started.length < READINGS) throw new Broken(`${started.length} samples`);
        const { free, leastFree, largest } = await systemMemory(bench);
        return { ...within(peakOnChip(started, SLOT_BYTES.bits32), MEMORY_BUDGET.peak), free, leastFree, largest };
      },
    },
    {
      name: "and at rest, garbage collected",
      run: async () => within(inUseOnChip(await debug.live(), SLOT_BYTES.bits32), MEMORY_BUDGET.rest),
    },
  ];
}

/** Pulses, readings with their receipts, and in the end a full pool and an empty outbox. */
async function intervals(bench: Bench): Promise<void> {
  await bench.readings.look();
  const first = bench.readings.last;
  let acknowledged = first;
  await bench.until("readings with their receipts, and a full pool", async () => {
    await bench.ask(`pulses ${OBIS_IMPORT} 3`, `pulses ${OBIS_IMPORT}`);
    await setTimeout(LOOK_MS);
    await bench.readings.look();
    for (const { interval } of bench.readings.after(acknowledged)) {
      await bench.acknowledge(interval);
      acknowledged = interval;
    }
    if (bench.readings.after(first).length < READINGS) return false;
    const { poolLevel, outboxDepth } = await bench.diagnostics();
    return poolLevel === POOL_TARGET && outboxDepth === 0;
  });
}

/** The system's own, beside the engine's. */
async function systemMemory(bench: Bench): Promise<Readonly<Record<"free" | "leastFree" | "largest", number>>> {
  // the app's own words (hosts/esp32/native.ts)
  return JSON.parse(await bench.ask("memory", "memory")) as Readonly<Record<"free" | "leastFree" | "largest", number>>;
}

/** @throws Broken above the budget. */
function within(memory: ChipMemory, budget: number): ChipMemory {
  if (memory.total >= budget) throw new Broken(`${JSON.stringify(memory)} where ${budget} are allowed`);
  return memory;
}
