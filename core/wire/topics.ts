/** MQTT topics of protocol version 1, built and taken apart in one place (docs/PROTOCOL.md, Topics). */

import { ChoirError } from "../errors.ts";
import { checkId } from "../names.ts";

const VERSION = "v1";
const ROOT = `choir/${VERSION}`;

export const topics = {
  reading: (group: string, meter: string): string => `${ROOT}/g/${group}/reading/${meter}`,
  aggregate: (group: string): string => `${ROOT}/g/${group}/aggregate`,
  evidence: (group: string): string => `${ROOT}/g/${group}/evidence`,
  share: (group: string, trustee: string): string => `${ROOT}/g/${group}/share/${trustee}`,
  feeder: (group: string): string => `${ROOT}/g/${group}/feeder`,
  receipt: (group: string): string => `${ROOT}/g/${group}/receipt`,
  beacon: (group: string): string => `${ROOT}/g/${group}/beacon`,
  status: (meter: string): string => `${ROOT}/m/${meter}/status`,
  event: (meter: string): string => `${ROOT}/m/${meter}/event`,
  config: (meter: string): string => `${ROOT}/m/${meter}/config`,
  /** Where a newer firmware lies, an address as ASCII text; from whoever runs the meters. */
  update: (meter: string): string => `${ROOT}/m/${meter}/update`,
} as const;

/** Kinds of message that a group has one topic for. */
const OF_A_GROUP = ["aggregate", "evidence", "feeder", "receipt", "beacon"] as const;

/** What a topic says: the kind of message, and the group or meter that it is for. */
export type Topic =
  | { readonly kind: "reading"; readonly group: string; readonly meter: string }
  | { readonly kind: "share"; readonly group: string; readonly trustee: string }
  | { readonly kind: (typeof OF_A_GROUP)[number]; readonly group: string }
  | { readonly kind: "status" | "event" | "config" | "update"; readonly meter: string };

/** @throws ChoirError version_unknown for a topic of another version, field_wrong for anything else that is no topic of this one. */
export function parseTopic(topic: string): Topic {
  const [root, version, scope, name, kind, ...rest] = topic.split("/");
  if (root === "choir" && version !== VERSION && /^v\d+$/.test(version ?? "")) {
    throw new ChoirError("version_unknown", "topic", `version ${VERSION}`, "another version");
  }
  if (`${root}/${version}` !== ROOT || name === undefined || kind === undefined) throw unknownTopic(topic);
  checkId(name, "topic");
  if (scope === "g" && kind === "reading" && rest.length === 1) {
    // the length was just compared, as below
    return { kind, group: name, meter: checkId(rest[0] as string, "topic") };
  }
  if (scope === "g" && kind === "share" && rest.length === 1) {
    return { kind, group: name, trustee: checkId(rest[0] as string, "topic") };
  }
  if (rest.length !== 0) throw unknownTopic(topic);
  const ofAGroup = scope === "g" ? OF_A_GROUP.find((one) => one === kind) : undefined;
  if (ofAGroup !== undefined) return { kind: ofAGroup, group: name };
  if (scope === "m" && (kind === "status" || kind === "event" || kind === "config" || kind === "update")) {
    return { kind, meter: name };
  }
  throw unknownTopic(topic);
}

function unknownTopic(topic: string): ChoirError {
  return new ChoirError("field_wrong", "topic", `${ROOT}/...`, JSON.stringify(topic.slice(0, 80)));
}
