/** Names and addresses of servers: host names (RFC 1123, 2.1) and IPv4 addresses in four decimal numbers. */

import { ChoirError } from "./errors.ts";

const MOST_CHARACTERS = 253;
const MOST_LABEL_CHARACTERS = 63;
const LABEL_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
const DIGITS = "0123456789";

/** A host name, or an IPv4 address like 192.0.2.1; a name whose last label is a number must be such an address. @throws ChoirError field_wrong. */
export function checkHostName(text: string, name: string): string {
  const labels = text.split(".");
  const last = labels[labels.length - 1] ?? "";
  const sound = isMadeOf(last, DIGITS) ? labels.length === 4 && labels.every(isOctet) : labels.every(isLabel);
  if (!sound || text.length > MOST_CHARACTERS) {
    const got = JSON.stringify(text.slice(0, 40));
    throw new ChoirError("field_wrong", name, "a host name or an IPv4 address", got);
  }
  return text;
}

function isLabel(text: string): boolean {
  return (
    text.length <= MOST_LABEL_CHARACTERS &&
    isMadeOf(text, LABEL_CHARACTERS) &&
    !text.startsWith("-") &&
    !text.endsWith("-")
  );
}

/** 0 to 255, without leading zeros: some resolvers take those for octal. */
function isOctet(text: string): boolean {
  return isMadeOf(text, DIGITS) && text.length <= 3 && `${Number(text)}` === text && Number(text) <= 255;
}

/** At least one character, all of `characters`; no regular expression, since this module is preloaded (CONTRIBUTING.md, Modules on XS). */
function isMadeOf(text: string, characters: string): boolean {
  for (let i = 0; i < text.length; i++) if (!characters.includes(text.charAt(i))) return false;
  return text.length > 0;
}
