/**
 * The plaintext: slots, lowest first: `count`, then the channels by OBIS code, each wide enough that the largest group cannot
 * carry into the next, with one guard bit on top (docs/PROTOCOL.md, Plaintext).
 */

import { ChoirError } from "../errors.ts";
import { bitLength } from "../integers.ts";
import { checkObis } from "../names.ts";

/** A measured quantity and the largest value of one reading, in mWh per interval. */
export interface Channel {
  readonly obis: string;
  readonly maximumMilliwattHours: number;
}

/** One field of the plaintext. */
interface Slot {
  readonly offset: number;
  /** Width with the guard bit, which is its topmost. */
  readonly bits: number;
}

/** Where the count and each channel lie. */
export interface Layout {
  readonly channels: readonly Channel[];
  readonly largestGroup: number;
  readonly count: Slot;
  readonly slots: readonly Slot[];
  /** Bits of a whole plaintext. */
  readonly bits: number;
}

/** Sums of one opening. */
export interface Totals {
  /** How many readings are in the sum, by the count slot. */
  readonly count: number;
  /** Sums in mWh, in the order of the layout's channels. */
  readonly sums: readonly bigint[];
}

const MOST_CHANNELS = 8;
const MOST_MEMBERS = 2 ** 20;

/** The layout for these channels and a group of at most `largestGroup` meters. @throws ChoirError value_out_of_range, field_wrong. */
export function layout(channels: readonly Channel[], largestGroup: number): Layout {
  if (channels.length === 0 || channels.length > MOST_CHANNELS) {
    throw new ChoirError("value_out_of_range", "channels", `1 to ${MOST_CHANNELS}`, `${channels.length}`);
  }
  if (!Number.isInteger(largestGroup) || largestGroup < 1 || largestGroup > MOST_MEMBERS) {
    throw new ChoirError("value_out_of_range", "largest group", `1 to ${MOST_MEMBERS} meters`, `${largestGroup}`);
  }
  const seen = new Set<string>();
  for (const { obis, maximumMilliwattHours } of channels) {
    checkObis(obis, "channel");
    if (seen.has(obis)) throw new ChoirError("field_wrong", "channels", "each OBIS code once", obis);
    seen.add(obis);
    if (!Number.isSafeInteger(maximumMilliwattHours) || maximumMilliwattHours < 1) {
      throw new ChoirError(
        "value_out_of_range",
        `channel ${obis}`,
        "a maximum of 1 mWh or more",
        `${maximumMilliwattHours}`,
      );
    }
  }
  const memberBits = bitLength(BigInt(largestGroup - 1));
  let offset = 0;
  const place = (valueBits: number): Slot => {
    const slot = { offset, bits: valueBits + memberBits + 1 };
    offset += slot.bits;
    return slot;
  };
  const count = place(1);
  const slots = channels.map((channel) => place(bitLength(BigInt(channel.maximumMilliwattHours))));
  return { channels, largestGroup, count, slots, bits: offset };
}

/** One reading as a plaintext; `values` in mWh, in the order of the channels. @throws ChoirError value_out_of_range. */
export function pack(plan: Layout, values: readonly number[]): bigint {
  if (values.length !== plan.channels.length) {
    throw new ChoirError("length_wrong", "reading", `${plan.channels.length} channels`, `${values.length}`);
  }
  let packed = 1n << BigInt(plan.count.offset);
  plan.channels.forEach(({ obis, maximumMilliwattHours }, index) => {
    // lengths were compared above
    const value = values[index] as number;
    const slot = plan.slots[index] as Slot;
    if (!Number.isSafeInteger(value) || value < 0 || value > maximumMilliwattHours) {
      throw new ChoirError(
        "value_out_of_range",
        `reading ${obis}`,
        `0 to ${maximumMilliwattHours} mWh`,
        "a value outside",
      );
    }
    packed |= BigInt(value) << BigInt(slot.offset);
  });
  return packed;
}

/**
 * The count and sums of an opened plaintext. Finds accidents; a lying meter only the feeder shows.
 * @throws ChoirError guard_bits_set when a guard bit or anything above the top slot is not zero, count_wrong when the count is not `contributors`.
 */
export function unpack(plan: Layout, plaintext: bigint, contributors: number): Totals {
  if (plaintext < 0n || plaintext >> BigInt(plan.bits) !== 0n) {
    throw new ChoirError("guard_bits_set", "opened sum", `nothing above bit ${plan.bits}`, "bits set above");
  }
  const read = ({ offset, bits }: Slot, name: string): bigint => {
    const value = BigInt.asUintN(bits, plaintext >> BigInt(offset));
    if (value >> BigInt(bits - 1) !== 0n) throw new ChoirError("guard_bits_set", name, "a guard bit of 0", "1");
    return value;
  };
  const count = Number(read(plan.count, "count"));
  const sums = plan.slots.map((slot, index) => read(slot, plan.channels[index]?.obis ?? ""));
  if (count !== contributors) throw new ChoirError("count_wrong", "count", `${contributors} contributors`, `${count}`);
  return { count, sums };
}
