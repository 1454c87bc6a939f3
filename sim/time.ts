/** Instants as people write them: RFC 3339 date-times with an offset, and back. */

import { ChoirError } from "../core/errors.ts";

/** A moment, and the offset from UTC of the clocks where it was written. */
export interface Instant {
  readonly utcMs: number;
  readonly utcOffsetMinutes: number;
}

const MINUTE_MS = 60_000;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,3})?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Reads one date-time of RFC 3339 section 5.6, to the millisecond; leap seconds are refused. @throws ChoirError input_invalid. */
export function parseInstant(text: string, subject: string): Instant {
  const [, date, time, fraction = "", sign, hours = "0", minutes = "0"] = DATE_TIME.exec(text) ?? [];
  const local = `${date}T${time}`;
  const localMs = Date.parse(`${local}${fraction}Z`);
  const utcOffsetMinutes = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  // Date.parse rolls 30 February over into March: only what comes back as it went in was a date.
  const real = !Number.isNaN(localMs) && new Date(localMs).toISOString().startsWith(local);
  if (!real || Number(hours) > 23 || Number(minutes) > 59) {
    const expected = "a time of RFC 3339 with its offset, like 2018-11-26T00:15:00+01:00";
    throw new ChoirError("input_invalid", subject, expected, JSON.stringify(text.slice(0, 40)));
  }
  return { utcMs: localMs - utcOffsetMinutes * MINUTE_MS, utcOffsetMinutes: utcOffsetMinutes + 0 };
}

/** Writes an instant as local time with its offset, e.g. `2018-11-26T00:15:00+01:00`; milliseconds only where there are some. */
export function formatInstant(utcMs: number, utcOffsetMinutes: number): string {
  const iso = new Date(utcMs + utcOffsetMinutes * MINUTE_MS).toISOString();
  const local = iso.endsWith(".000Z") ? iso.slice(0, -5) : iso.slice(0, -1);
  if (utcOffsetMinutes === 0) return `${local}Z`;
  const offset = Math.abs(utcOffsetMinutes);
  const hours = String(Math.floor(offset / 60)).padStart(2, "0");
  const minutes = String(offset % 60).padStart(2, "0");
  return `${local}${utcOffsetMinutes < 0 ? "-" : "+"}${hours}:${minutes}`;
}
