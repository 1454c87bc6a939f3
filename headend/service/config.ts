/** Config files: strict JSON, each fault named by file, path, what was expected and what came. */

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { ChoirError } from "../../core/errors.ts";
import { codeOf } from "./fault.ts";
import { LOG_LEVELS } from "./log.ts";

const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,32}$/, "1 to 32 of A-Z a-z 0-9 _ -"));
const PathText = v.pipe(v.string(), v.minLength(1, "a path"));
const BROKER = /^(mqtt|mqtts|tcp|ssl|ws|wss):\/\/[^\s]+$/;
const Port = v.pipe(
  v.number(),
  v.integer("a whole number"),
  v.minValue(0, "0 to 65535"),
  v.maxValue(65_535, "0 to 65535"),
);

/** Entries that say how the broker is reached. */
export const BROKER_ENTRIES = {
  broker: v.pipe(v.string(), v.regex(BROKER, "a URL of mqtt, mqtts, ws or wss")),
  /** PEM of the authorities that may vouch for the broker; the system's when left out. */
  brokerCa: v.optional(PathText),
  /** The party's password, as `choir authority broker` makes it. */
  brokerPasswordFile: v.optional(PathText),
  /** A broker on another machine without TLS will do. */
  allowPlaintextBroker: v.optional(v.boolean(), false),
} as const;

/** Entries that every party's config file has; the others are in the parties' rooms. Paths are relative to the file's folder. */
export const COMMON_ENTRIES = {
  ...BROKER_ENTRIES,
  /** The root's Ed25519 public key in hex. */
  rootKey: v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}$/, "64 hex digits")),
  keyFile: PathText,
  roll: PathText,
  /** PKCS #8 PEM. */
  signingKey: PathText,
  store: PathText,
  metrics: v.optional(v.strictObject({ port: Port, host: v.optional(v.string()) })),
  logLevel: v.optional(v.picklist(LOG_LEVELS), "info"),
} as const;

export { Id as ConfigId, PathText as ConfigPath };

/** Entries whose values are not shown in errors: URLs hold passwords. */
const UNSHOWN = new Set(["broker"]);

/** The file's content. @throws ChoirError config_invalid for the first fault in it. */
export function readConfig<const S extends v.GenericSchema>(file: string, schema: S): v.InferOutput<S> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ChoirError("config_invalid", file, "a readable config file", codeOf(cause) ?? "none", cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ChoirError("config_invalid", file, "JSON", "text that is not JSON");
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? "";
  const expected = issue.expected !== null && issue.type !== "regex" ? issue.expected : issue.message;
  const got = UNSHOWN.has(path) && issue.type === "regex" ? "another text" : issue.received;
  throw new ChoirError("config_invalid", path === "" ? file : `${file}: ${path}`, expected, got);
}

/** `path` as seen from the config file's folder. */
export function besideConfig(file: string, path: string): string {
  return resolve(dirname(file), path);
}

/** A file that a config file names. @throws ChoirError config_invalid. */
export function readNamedFile(config: string, entry: string, path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(besideConfig(config, path)));
  } catch (cause) {
    throw new ChoirError("config_invalid", `${config}: ${entry}`, "a readable file", codeOf(cause) ?? "none", cause);
  }
}
