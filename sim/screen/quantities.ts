/** Energies, lengths of time and times of day as a reader of the terminal wants them. */

export type EnergyUnit = "kWh" | "Wh";

/** The unit that gives the sums of a street two or three digits before the point. */
export function unitFor(intervalMs: number): EnergyUnit {
  return intervalMs < 120_000 ? "Wh" : "kWh";
}

/** An energy without its unit: whole Wh as they are, kWh to the Wh until they grow long. */
export function energyText(milliwattHours: number, unit: EnergyUnit): string {
  if (unit === "Wh") return (milliwattHours / 1000).toFixed(milliwattHours % 1000 === 0 ? 0 : 3);
  const kilowattHours = milliwattHours / 1_000_000;
  const size = Math.abs(kilowattHours);
  return kilowattHours.toFixed(size < 1000 ? 3 : size < 10_000 ? 2 : 1);
}

/** An energy in kWh to the last mWh. */
export function exactText(milliwattHours: number): string {
  return (milliwattHours / 1_000_000).toFixed(6);
}

/** A difference of energies, with its sign; nothing left is 0 without one. */
export function differenceText(milliwattHours: number, unit: EnergyUnit): string {
  const text = energyText(milliwattHours, unit);
  return milliwattHours > 0 ? `+${text}` : text;
}

/** `1 home`, `2 homes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

const DAY_MS = 86_400_000;

/** A length of time in its largest whole unit, e.g. `15 min`. */
export function lengthText(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS} d`;
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${ms / 1000} s`;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** How much of a date a time of day needs beside it. */
export type ClockDetail = "time" | "weekday" | "date";

/** The least detail that tells the times of a run apart. */
export function detailFor(startUtcMs: number, utcOffsetMinutes: number, runMs: number): ClockDetail {
  const local = startUtcMs + utcOffsetMinutes * 60_000;
  if (Math.floor(local / DAY_MS) === Math.floor((local + runMs - 1) / DAY_MS)) return "time";
  return runMs <= 7 * DAY_MS ? "weekday" : "date";
}

/** The local time of day that stands in an RFC 3339 date-time, e.g. `17:00`, `Mon 17:00:05`, `12 Jan 17:00`. */
export function clockText(start: string, detail: ClockDetail, withSeconds: boolean): string {
  const time = start.slice(11, withSeconds ? 19 : 16);
  if (detail === "time") return time;
  const date = new Date(`${start.slice(0, 10)}T00:00:00Z`);
  const day = detail === "weekday" ? WEEKDAYS[date.getUTCDay()] : `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return `${day} ${time}`;
}

/** The date and time of an RFC 3339 date-time, e.g. `Mon 12 Jan 2026, 17:00`. */
export function dateText(start: string): string {
  const date = new Date(`${start.slice(0, 10)}T00:00:00Z`);
  const day = `${WEEKDAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day}, ${start.slice(11, 16)}`;
}
