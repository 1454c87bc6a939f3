/** `choir enrol`: puts a meter and its public key into the plan, on its seat or among the feeders; the next roll admits it. */

import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { fromHex, toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { checkId } from "../../core/names.ts";
import { hasSmallOrder } from "../../core/small-order.ts";
import { type NumberedRow, readRows } from "./csv-rows.ts";
import { writeWhole } from "./deployment.ts";
import { FEEDER_COLUMNS, SEAT_COLUMNS } from "./plan-file.ts";

const KEY_BYTES = 32;

/** The files of a plan, and the place in them. */
export interface EnrolmentPlace {
  readonly seatsFile: string;
  readonly feedersFile: string | undefined;
  /** None for a feeder. */
  readonly seat: string | undefined;
}

/** Who is enrolled. */
export interface Newcomer {
  readonly meter: string;
  readonly key: Uint8Array;
  /** Whether a meter or key that is there already gives way. */
  readonly replace: boolean;
}

/** What was done. */
export interface Enrolled {
  /** False when the plan said so already. */
  readonly changed: boolean;
  /** The seat's block, and how many of its seats have a meter now; none for a feeder. */
  readonly block: { readonly name: string; readonly meters: number } | undefined;
}

/** An Ed25519 public key in hex. @throws ChoirError input_invalid for another length, and for a key that anybody can sign with. */
export function readPublicKey(text: string, name: string): Uint8Array {
  return checkKey(fromHex(text, name), name);
}

/**
 * Writes a meter and its key into the row of its seat, or a feeder's key into its row; all other rows stay as they are, to the byte.
 * @throws ChoirError input_invalid for a place that is not in the plan or is taken, and for a meter or key that is elsewhere in it; field_wrong for no id.
 */
export function enrol(place: EnrolmentPlace, newcomer: Newcomer): Enrolled {
  checkId(newcomer.meter, "meter");
  checkKey(newcomer.key, "key");
  const seats = readRows(place.seatsFile, SEAT_COLUMNS);
  const feeders = place.feedersFile === undefined ? [] : readRows(place.feedersFile, FEEDER_COLUMNS);
  return place.seat === undefined
    ? enrolFeeder(place, newcomer, seats, feeders)
    : enrolHome(place, place.seat, newcomer, seats, feeders);
}

type SeatRow = NumberedRow<(typeof SEAT_COLUMNS)[number]>;
type FeederRow = NumberedRow<(typeof FEEDER_COLUMNS)[number]>;

function enrolHome(
  { seatsFile, feedersFile }: EnrolmentPlace,
  seat: string,
  newcomer: Newcomer,
  seats: readonly SeatRow[],
  feeders: readonly FeederRow[],
): Enrolled {
  const { line, row } = onlyRow(seats, (one) => one.seat === seat, seatsFile, `seat ${seat}`);
  checkElsewhere(
    newcomer,
    seats.filter((one) => one.line !== line).map((one) => ({ ...one.row, where: `${seatsFile} line ${one.line}` })),
    feeders.map((one) => ({ meter: one.row.feeder, key: one.row.key, where: `${feedersFile} line ${one.line}` })),
  );
  const changed = makeRoom(newcomer, row.meter, row.key, `${seatsFile} line ${line}, seat ${seat}`);
  if (changed) replaceLine(seatsFile, line, { ...row, meter: newcomer.meter, key: toHex(newcomer.key) }, SEAT_COLUMNS);
  const others = seats.filter((one) => one.line !== line && one.row.block === row.block && one.row.meter !== "");
  return { changed, block: { name: row.block, meters: others.length + 1 } };
}

function enrolFeeder(
  { seatsFile, feedersFile }: EnrolmentPlace,
  newcomer: Newcomer,
  seats: readonly SeatRow[],
  feeders: readonly FeederRow[],
): Enrolled {
  if (feedersFile === undefined) {
    throw new ChoirError("input_invalid", "enrolment", "a seat, or a file of feeders", "neither");
  }
  const { meter, key } = newcomer;
  const { line, row } = onlyRow(feeders, (one) => one.feeder === meter, feedersFile, `feeder ${meter}`);
  checkElsewhere(
    newcomer,
    seats.map((one) => ({ ...one.row, where: `${seatsFile} line ${one.line}` })),
    feeders
      .filter((one) => one.line !== line)
      .map((one) => ({ meter: one.row.feeder, key: one.row.key, where: `${feedersFile} line ${one.line}` })),
  );
  const changed = makeRoom(newcomer, meter, row.key, `${feedersFile} line ${line}`);
  if (changed) replaceLine(feedersFile, line, { ...row, key: toHex(key) }, FEEDER_COLUMNS);
  return { changed, block: undefined };
}

function onlyRow<C extends string>(
  rows: readonly NumberedRow<C>[],
  wanted: (row: NumberedRow<C>["row"]) => boolean,
  file: string,
  what: string,
): NumberedRow<C> {
  const [found, ...more] = rows.filter((one) => wanted(one.row));
  if (found === undefined || more.length > 0) {
    throw new ChoirError("input_invalid", file, `one row of ${what}`, `${found === undefined ? 0 : 1 + more.length}`);
  }
  return found;
}

interface Listed {
  readonly meter: string;
  readonly key: string;
  readonly where: string;
}

function checkElsewhere({ meter, key }: Newcomer, ...lists: readonly (readonly Listed[])[]): void {
  const hex = toHex(key);
  for (const listed of lists.flat()) {
    if (listed.meter === meter) throw new ChoirError("input_invalid", listed.where, "another meter", meter);
    if (listed.key.toLowerCase() === hex) {
      throw new ChoirError("input_invalid", listed.where, "another meter's key", `that of ${meter}`);
    }
  }
}

/** Whether the row must change. @throws ChoirError input_invalid when it is taken and nobody is to be replaced. */
function makeRoom(newcomer: Newcomer, meter: string, key: string, where: string): boolean {
  const isSame = meter === newcomer.meter && key.toLowerCase() === toHex(newcomer.key);
  const isTaken = key !== "" || (meter !== "" && meter !== newcomer.meter);
  if (!isSame && isTaken && !newcomer.replace) {
    throw new ChoirError("input_invalid", where, "nobody there, or --replace", `${meter} with key ${key}`);
  }
  return !isSame;
}

function replaceLine<C extends string>(
  file: string,
  line: number,
  row: Readonly<Record<C, string>>,
  columns: readonly C[],
): void {
  const lines = readFileSync(file, "utf8").split("\n");
  const old = lines[line - 1] ?? "";
  const [fields, ...more] = parseLine(old);
  if (fields?.length !== columns.length || more.length > 0) {
    throw new ChoirError("input_invalid", `${file} line ${line}`, "a row on one line", "a row over several");
  }
  lines[line - 1] = columns.map((column) => row[column]).join(",") + (old.endsWith("\r") ? "\r" : "");
  writeWhole(file, lines.join("\n"));
}

function parseLine(text: string): readonly (readonly string[])[] {
  try {
    return parse(text);
  } catch {
    return [];
  }
}

function checkKey(key: Uint8Array, name: string): Uint8Array {
  if (key.length !== KEY_BYTES) {
    throw new ChoirError("input_invalid", name, `${2 * KEY_BYTES} hex digits`, `${2 * key.length}`);
  }
  if (hasSmallOrder(key)) throw new ChoirError("input_invalid", name, "a key of its own", "one of small order");
  return key;
}
