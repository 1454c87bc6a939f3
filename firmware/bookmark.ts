/** What the register keeps of the intervals, so that a restart finds both boundaries again: the open interval, and one that awaits its sealing. */

import { ChoirError } from "../core/errors.ts";
import { REJECTIONS, type Rejection } from "../core/meter-words.ts";
import { checkObis } from "../core/names.ts";
import { type CborValue, Fields } from "../core/wire/cbor.ts";

/** Pulses by channel (OBIS code), each a whole number that never falls. */
export type Totals = ReadonlyMap<string, number>;

/** An interval whose first boundary was observed. */
export interface OpenInterval {
  readonly interval: number;
  /** The register at its first boundary. */
  readonly start: Totals;
  /** Set as soon as it is known that it will give no reading. */
  readonly fault: Rejection | undefined;
}

/** An interval with both boundaries observed. */
export interface ClosedInterval {
  readonly interval: number;
  readonly start: Totals;
  readonly end: Totals;
}

/** Both, where there are such. */
export interface Bookmark {
  readonly open: OpenInterval | undefined;
  readonly closed: ClosedInterval | undefined;
}

export const NO_BOOKMARK: Bookmark = { open: undefined, closed: undefined };

export function totalsToCbor(totals: Totals): CborValue {
  return [...totals].map(([obis, pulses]) => [obis, pulses]);
}

/** @throws ChoirError field_wrong, value_out_of_range. */
export function totalsFromCbor(value: CborValue, name: string): Totals {
  const pairs = new Fields([value], name, 1).list(0, "totals", (element, label) => {
    const pair = new Fields(element, label, 2);
    return [checkObis(pair.text(0, "obis"), label), pair.uint(1, "pulses")] as const;
  });
  return new Map(pairs);
}

export function bookmarkToCbor({ open, closed }: Bookmark): CborValue {
  return [
    open === undefined ? null : [open.interval, totalsToCbor(open.start), open.fault ?? null],
    closed === undefined ? null : [closed.interval, totalsToCbor(closed.start), totalsToCbor(closed.end)],
  ];
}

/** @throws ChoirError field_wrong, value_out_of_range. */
export function bookmarkFromCbor(value: CborValue): Bookmark {
  const [open, closed] = asPair(value);
  return {
    open: open === null ? undefined : readOpen(new Fields(open, "open interval", 3), asList(open)),
    closed: closed === null ? undefined : readClosed(new Fields(closed, "closed interval", 3), asList(closed)),
  };
}

function readOpen(fields: Fields, values: readonly CborValue[]): OpenInterval {
  return {
    interval: fields.uint(0, "interval"),
    start: totalsFromCbor(values[1] ?? null, "start"),
    fault: fields.isNull(2) ? undefined : fields.oneOf(2, "fault", REJECTIONS),
  };
}

function readClosed(fields: Fields, values: readonly CborValue[]): ClosedInterval {
  return {
    interval: fields.uint(0, "interval"),
    start: totalsFromCbor(values[1] ?? null, "start"),
    end: totalsFromCbor(values[2] ?? null, "end"),
  };
}

function asPair(value: CborValue): readonly [CborValue, CborValue] {
  const [open, closed, ...rest] = asList(value);
  if (open === undefined || closed === undefined || rest.length > 0) {
    throw new ChoirError("field_wrong", "bookmark", "two fields", "another number");
  }
  return [open, closed];
}

function asList(value: CborValue): readonly CborValue[] {
  if (!Array.isArray(value)) throw new ChoirError("field_wrong", "bookmark", "a list", "something else");
  return value;
}
