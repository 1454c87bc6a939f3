/** Names on the wire: ids of parties that fit in an MQTT topic level, and OBIS codes (IEC 62056-6-1). */

import { ChoirError } from "./errors.ts";

/** Active energy imported, total. */
export const OBIS_IMPORT = "1-0:1.8.0";
/** Active energy exported, total. */
export const OBIS_EXPORT = "1-0:2.8.0";

const ID = /^[A-Za-z0-9_-]{1,32}$/;
const OBIS = /^\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** A party, group, block or seat: 1 to 32 of A-Z a-z 0-9 _ -, so that it cannot hold a topic's separators or wildcards. @throws ChoirError field_wrong. */
export function checkId(text: string, name: string): string {
  if (!ID.test(text))
    throw new ChoirError("field_wrong", name, "1 to 32 of A-Z a-z 0-9 _ -", JSON.stringify(text.slice(0, 40)));
  return text;
}

/** An OBIS code without its storage group, like 1-0:1.8.0. @throws ChoirError field_wrong. */
export function checkObis(text: string, name: string): string {
  if (!OBIS.test(text))
    throw new ChoirError("field_wrong", name, "an OBIS code like 1-0:1.8.0", JSON.stringify(text.slice(0, 40)));
  return text;
}
