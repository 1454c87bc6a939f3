/**
 * What a chip's 32-bit engine would need, from samples of the 64-bit one. A slot has 32 bytes here and 16 there, and the stack is made of slots. A chunk
 * is counted as long as it is here: text, bytes, integers and code are as long there, its own head is shorter (8 bytes for 16), and lists and maps,
 * which are slots and pointers inside chunks, are half as long; so the sum is never too small.
 */

import type { MemorySample } from "./debug-listener.ts";

const SLOT_BYTES = 32;
const CHIP_SLOT_BYTES = 16;

/** Bytes on the chip. */
export interface ChipMemory {
  readonly chunks: number;
  readonly slots: number;
  readonly stack: number;
  readonly total: number;
}

function onChip(chunks: number, slotBytes: number, stackBytes: number): ChipMemory {
  const [slots, stack] = [slotBytes, stackBytes].map((bytes) => (bytes / SLOT_BYTES) * CHIP_SLOT_BYTES) as [
    number,
    number,
  ];
  return { chunks, slots, stack, total: chunks + slots + stack };
}

/** In use when the sample was taken, garbage among it; the stack at its deepest since the sample before. */
export function inUseOnChip({ chunkBytes, slotBytes, stackBytes }: MemorySample): ChipMemory {
  return onChip(chunkBytes, slotBytes, stackBytes);
}

/**
 * The most that was ever set aside for chunks and slots, with the deepest stack. The engine gives nothing back of what it has set aside, so
 * no moment between two samples can have needed more of it; of the stack a sample tells the deepest.
 */
export function peakOnChip(samples: readonly MemorySample[]): ChipMemory {
  const most = (value: (sample: MemorySample) => number): number => Math.max(0, ...samples.map(value));
  return onChip(
    most((sample) => sample.chunkHeapBytes),
    most((sample) => sample.slotHeapBytes),
    most((sample) => sample.stackBytes),
  );
}
