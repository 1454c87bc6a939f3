/**
 * What a chip's 32-bit engine needs, from its own samples or from those of the 64-bit one. A slot has 32 bytes here and 16 there, and the stack is made of slots. A chunk
 * is counted as long as it is here: text, bytes, integers and code are as long there, its own head is shorter (8 bytes for 16), and lists and maps,
 * which are slots and pointers inside chunks, are half as long; so the sum is never too small.
 */

import type { MemorySample } from "./debug-listener.ts";

const KIBIBYTE = 1024;
/** What the product promises of the whole meter: chunks, slots and stack in bytes. */
export const MEMORY_BUDGET = { peak: 96 * KIBIBYTE, rest: 64 * KIBIBYTE } as const;

/** Bytes of a slot by the engine's word. */
export const SLOT_BYTES = { bits32: 16, bits64: 32 } as const;

/** Bytes on the chip. */
export interface ChipMemory {
  readonly chunks: number;
  readonly slots: number;
  readonly stack: number;
  readonly total: number;
}

/** @param slotBytes of the engine that was sampled */
function onChip(chunks: number, ofSlots: number, ofStack: number, slotBytes: number): ChipMemory {
  const [slots, stack] = [ofSlots, ofStack].map((bytes) => (bytes / slotBytes) * SLOT_BYTES.bits32) as [number, number];
  return { chunks, slots, stack, total: chunks + slots + stack };
}

/** In use when the sample was taken, garbage among it; the stack at its deepest since the sample before. */
export function inUseOnChip(sample: MemorySample, slotBytes: number = SLOT_BYTES.bits64): ChipMemory {
  return onChip(sample.chunkBytes, sample.slotBytes, sample.stackBytes, slotBytes);
}

/**
 * The most that was ever set aside for chunks and slots, with the deepest stack. The engine gives nothing back of what it has set aside, so
 * no moment between two samples can have needed more of it; of the stack a sample tells the deepest.
 */
export function peakOnChip(samples: readonly MemorySample[], slotBytes: number = SLOT_BYTES.bits64): ChipMemory {
  const most = (value: (sample: MemorySample) => number): number => Math.max(0, ...samples.map(value));
  return onChip(
    most((sample) => sample.chunkHeapBytes),
    most((sample) => sample.slotHeapBytes),
    most((sample) => sample.stackBytes),
    slotBytes,
  );
}
