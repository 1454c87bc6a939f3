/**
 * Succession: what a party pins of the key file that it uses, and which one it takes next (docs/PROTOCOL.md, Succession). A stolen root alone
 * changes neither the custody nor the trustees.
 */

import { equalBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import type { Verify } from "../ports.ts";
import { type CborValue, checkAscending, Fields } from "./cbor.ts";
import { decodeSignedFile } from "./countersigned.ts";
import { countersignedBytes, parseEnvelope } from "./envelope.ts";
import { CUSTODIES, type KeyFile } from "./key-file.ts";
import { KEY_ID_BYTES } from "./reading.ts";
import { MOST_HOLDERS, type Signatories, signatoriesOf } from "./sharing.ts";

/** What stays of a key file when the next one comes. */
export interface PinnedKey extends Pick<KeyFile, "version" | "keyId" | "custody"> {
  /** There with `custody: shared`, and with no other. */
  readonly signatories: Signatories | undefined;
}

/** What to pin of a key file. */
export function pinOf({
  version,
  keyId,
  custody,
  sharing,
}: Pick<KeyFile, "version" | "keyId" | "custody" | "sharing">): PinnedKey {
  return { version, keyId, custody, signatories: sharing && signatoriesOf(sharing) };
}

/**
 * Refuses a key file that may not follow the pinned one: an older one, another of the same version, one of another custody, and one that too few
 * of the pinned trustees countersigned. The file itself must have been opened before.
 * @throws ChoirError version_not_higher, field_wrong for the custody, countersignatures_missing.
 */
export function checkSuccessor(
  bytes: Uint8Array,
  file: Pick<KeyFile, "version" | "keyId" | "custody">,
  pinned: PinnedKey,
  verify: Verify,
): void {
  if (equalBytes(file.keyId, pinned.keyId)) return;
  if (file.version <= pinned.version) {
    const got = file.version === pinned.version ? "another of that version" : `${file.version}`;
    throw new ChoirError("version_not_higher", "key file.version", `above ${pinned.version}`, got);
  }
  if (file.custody !== pinned.custody) {
    throw new ChoirError("field_wrong", "key file.custody", `the pinned custody, ${pinned.custody}`, file.custody);
  }
  if (pinned.signatories === undefined) return;
  const { needed } = pinned.signatories;
  const found = countSignatories(bytes, pinned.signatories, verify);
  if (found < needed) {
    const expected = `${needed} countersignatures of the trustees before`;
    throw new ChoirError("countersignatures_missing", "key file", expected, `${found}`);
  }
}

/** How many of them countersigned the file, in either list. */
function countSignatories(bytes: Uint8Array, { trustees }: Signatories, verify: Verify): number {
  const { envelope, countersignatures = [], succession = [] } = decodeSignedFile(bytes, "key file");
  const signed = countersignedBytes("key", parseEnvelope("key", envelope));
  const all = [...countersignatures, ...succession];
  return trustees.filter(({ trustee, key }) =>
    all.some((one) => one.trustee === trustee && verify(key, signed, one.signature)),
  ).length;
}

/** Fields of a pin in a store. */
export const PIN_FIELDS = 5;

/** Those fields. */
export function pinFields({ version, keyId, custody, signatories }: PinnedKey): readonly CborValue[] {
  const trustees = (signatories?.trustees ?? []).map(({ trustee, key }) => [trustee, key]);
  return [version, keyId, custody, signatories?.needed ?? 0, trustees];
}

/** Reads those fields, the first of which is field `at`. @throws ChoirError field_wrong, length_wrong, value_out_of_range. */
export function readPin(fields: Fields, at: number): PinnedKey {
  const custody = fields.oneOf(at + 2, "custody", CUSTODIES);
  const needed = fields.uint(at + 3, "needed", MOST_HOLDERS);
  const trustees = fields.list(at + 4, "trustees", (value, label) => {
    const one = new Fields(value, label, 2);
    return { trustee: one.id(0, "trustee"), key: one.bytes(1, "key", 32).slice() };
  });
  checkAscending(
    trustees.map(({ trustee }) => trustee),
    "pin.trustees",
  );
  return {
    version: fields.uint(at, "version"),
    keyId: fields.bytes(at + 1, "key id", KEY_ID_BYTES).slice(),
    custody,
    signatories: custody === "shared" ? { needed, trustees } : undefined,
  };
}
