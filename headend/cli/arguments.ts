/** Arguments of the command line, each checked where it comes in. */

import { Option } from "commander";
import { fromHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { checkObis, OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import { confirmedTrustee, type TrusteeIdentity } from "../authority/trustee.ts";

/** A parser for whole numbers from `least` to `most`. */
export function wholeNumber(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new ChoirError("input_invalid", flag, `a whole number from ${least} to ${most}`, JSON.stringify(text));
    }
    return value;
  };
}

/** A list of OBIS codes, each once, the import channel first wherever it stood. */
export function channelList(text: string): readonly string[] {
  const channels = text.split(",").map((obis) => checkObis(obis.trim(), "--channels"));
  if (new Set(channels).size !== channels.length) {
    throw new ChoirError("input_invalid", "--channels", "each OBIS code once", text);
  }
  return [...channels].sort((a, b) => Number(b === OBIS_IMPORT) - Number(a === OBIS_IMPORT));
}

/** `--channels`, the same wherever it is said. */
export function channelsOption(): Option {
  return new Option("--channels <obis,...>", "registers that are read and summed")
    .argParser(channelList)
    .default([OBIS_IMPORT, OBIS_EXPORT], `${OBIS_IMPORT},${OBIS_EXPORT}`);
}

/** The bits of n that a deployment may choose. */
export function keyBits(text: string): number {
  if (text !== "2048" && text !== "3072") {
    throw new ChoirError("input_invalid", "--key-bits", "2048 or 3072", JSON.stringify(text));
  }
  return Number(text);
}

/** A trustee's identity file and the fingerprint that the trustee told, separated by the last colon; collects them. */
export function trusteeList(text: string, before: readonly TrusteeIdentity[] = []): readonly TrusteeIdentity[] {
  const colon = text.lastIndexOf(":");
  if (colon <= 0) {
    throw new ChoirError(
      "input_invalid",
      "--trustee",
      "a file and a fingerprint, FILE:FINGERPRINT",
      JSON.stringify(text),
    );
  }
  return [...before, confirmedTrustee(text.slice(0, colon), text.slice(colon + 1))];
}

/** An Ed25519 public key in hex. */
export function publicKeyHex(flag: string): (text: string) => Uint8Array {
  return (text) => {
    const key = fromHex(text, flag);
    if (key.length !== 32) throw new ChoirError("input_invalid", flag, "64 hex digits", `${text.length} characters`);
    return key;
  };
}

/** A folder on another machine, which has POSIX paths. */
export function absoluteFolder(flag: string): (text: string) => string {
  return (text) => {
    if (/^(\/[^/\s]+)+$/.test(text)) return text;
    throw new ChoirError("input_invalid", flag, "an absolute path without spaces", JSON.stringify(text));
  };
}

/** The address of a broker. */
export function brokerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["mqtt:", "mqtts:"].includes(url.protocol) || url.hostname === "") {
    // what came is not told: it may hold a password
    throw new ChoirError("input_invalid", "--broker", "a URL like mqtt://127.0.0.1:1883", "none of that kind");
  }
  return text;
}
