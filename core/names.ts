/** Names on the wire: ids of parties that fit in an MQTT topic level, and OBIS codes (IEC 62056-6-1). */

import { ChoirError } from "./errors.ts";

/** Active energy imported, total. */
export const OBIS_IMPORT = "1-0:1.8.0";
/** Active energy exported, total. */
export const OBIS_EXPORT = "1-0:2.8.0";

const ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const MOST_CHARACTERS = 32;
const DIGITS = "0123456789";
const MOST_DIGITS = 3;
/** What follows each of the five numbers of an OBIS code. */
const OBIS_SEPARATORS = ["-", ":", ".", "."] as const;

/** A party, group, block or seat: 1 to 32 of A-Z a-z 0-9 _ -, so that it cannot hold a topic's separators or wildcards. @throws ChoirError field_wrong. */
export function checkId(text: string, name: string): string {
  if (text.length > MOST_CHARACTERS || !isMadeOf(text, ID_CHARACTERS))
    throw new ChoirError("field_wrong", name, "1 to 32 of A-Z a-z 0-9 _ -", JSON.stringify(text.slice(0, 40)));
  return text;
}

/** An OBIS code without its storage group, like 1-0:1.8.0. @throws ChoirError field_wrong. */
export function checkObis(text: string, name: string): string {
  if (!isObis(text))
    throw new ChoirError("field_wrong", name, "an OBIS code like 1-0:1.8.0", JSON.stringify(text.slice(0, 40)));
  return text;
}

// without regular expressions: one that is preloaded ends XS 17.7 when memory is collected while it runs

/** At least one character, all of `characters`. */
function isMadeOf(text: string, characters: string): boolean {
  for (let i = 0; i < text.length; i++) if (!characters.includes(text.charAt(i))) return false;
  return text.length > 0;
}

function isObis(text: string): boolean {
  let rest = text;
  for (const separator of OBIS_SEPARATORS) {
    const end = rest.indexOf(separator);
    if (end < 0 || !isNumber(rest.slice(0, end))) return false;
    rest = rest.slice(end + 1);
  }
  return isNumber(rest);
}

function isNumber(text: string): boolean {
  return text.length <= MOST_DIGITS && isMadeOf(text, DIGITS);
}
