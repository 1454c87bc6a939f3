/** Succession: whoever has stolen the root alone changes neither custody nor trustees of those who know a key file already. */

import { describe, expect, test } from "@jest/globals";
import { asciiBytes, fromHex } from "../bytes.ts";
import { MODULUS_BITS } from "../paillier/public-key.ts";
import { decodeCbor, encodeCbor, Fields } from "../wire/cbor.ts";
import {
  countersign,
  countersignSuccessor,
  encodeSignedFile,
  type SignedFile,
  versionOf,
} from "../wire/countersigned.ts";
import { type KeyFile, openKeyFile, signKeyFile } from "../wire/key-file.ts";
import { openRoll } from "../wire/roll.ts";
import { type Sharing, trusteesOf } from "../wire/sharing.ts";
import { checkSuccessor, PIN_FIELDS, pinFields, pinOf, readPin } from "../wire/succession.ts";
import { digest, signerOf, verifySignature } from "./machine.ts";
import { sharedWireFile } from "./vectors.ts";

const code = (wanted: string) => expect.objectContaining({ name: "ChoirError", code: wanted });
const { seeds, messages } = sharedWireFile();
const known = (name: string) => signerOf(fromHex(seeds[name]?.seed ?? ""));
/** A signer of the vectors, or one of the thief's. */
const signer = (name: string) => (name in seeds ? known(name) : signerOf(digest.sha256(asciiBytes(name))));
const root = known("root");
const openKey = (bytes: Uint8Array): KeyFile =>
  openKeyFile(bytes, root.publicKey, verifySignature, digest, MODULUS_BITS.tests);
const vector = (type: string): Uint8Array => fromHex(messages.find((one) => one.type === type)?.payload ?? "");
const first = openKey(vector("countersigned key"));
const sharing = first.sharing as Sharing;
const pinned = pinOf(first);
const before = trusteesOf(sharing).map(({ holder }) => holder);

/** The same key with other trustees, named so that they stand in the old one's order. */
function sharedWith(...names: readonly string[]): Sharing {
  const holders = sharing.holders.map((one, i) => {
    const name = names[i - sharing.holders.length + names.length];
    if (one.holder === sharing.providerHolder || name === undefined) return one;
    return { ...one, holder: name, signingKey: signer(name).publicKey };
  });
  return { ...sharing, holders };
}

/** A later key file, countersigned by its own trustees and, in its second list, by others. */
function successor(changes: Partial<KeyFile>, own: readonly string[], others: readonly string[] = []): Uint8Array {
  const envelope = signKeyFile({ ...first, version: first.version + 1, ...changes }, root);
  const bare: SignedFile = { envelope, countersignatures: [] };
  const listed = own.reduce((file, name) => countersign("key", file, name, signer(name)), bare);
  return encodeSignedFile(others.reduce((file, name) => countersignSuccessor(file, name, signer(name)), listed));
}

const take = (bytes: Uint8Array, pin = pinned) => checkSuccessor(bytes, openKey(bytes), pin, verifySignature);
const thieves = ["trustee-1x", "trustee-2x", "trustee-3x"] as const;

describe("a key file follows the pinned one", () => {
  test("when it is that one", () => {
    take(vector("countersigned key"));
  });

  test("when enough of the trustees that stay countersigned it", () => {
    take(successor({}, ["trustee-1", "trustee-3"]));
  });

  test("with other trustees, when enough of those before countersigned it beside them, in whichever list they stand", () => {
    const changed = sharedWith("trustee-2", "trustee-3", "trustee-4");
    take(successor({ sharing: changed }, ["trustee-2", "trustee-4"], ["trustee-1"]));
    take(successor({ sharing: sharedWith(...thieves) }, [thieves[0], thieves[1]], ["trustee-2", "trustee-3"]));
  });
});

describe("whoever has stolen the root", () => {
  test("cannot replace the trustees by his own (countersignatures_missing)", () => {
    const his = sharedWith(...thieves);
    const forged = successor({ sharing: his }, [...thieves]);
    expect(openKey(forged).sharing?.holders.map(({ holder }) => holder)).toEqual(["provider", ...thieves]);
    expect(() => take(forged)).toThrow(code("countersignatures_missing"));
    expect(() => take(successor({ sharing: his }, [...thieves], ["trustee-1"]))).toThrow(
      code("countersignatures_missing"),
    );
  });

  test("cannot sign for the trustees before with keys of his own under their names (countersignatures_missing)", () => {
    const holders = sharing.holders.map((one) =>
      one.holder === sharing.providerHolder ? one : { ...one, signingKey: signer(`${one.holder}x`).publicKey },
    );
    const envelope = signKeyFile({ ...first, version: 9, sharing: { ...sharing, holders } }, root);
    const bare: SignedFile = { envelope, countersignatures: [] };
    const forged = before.reduce((file, name) => countersign("key", file, name, signer(`${name}x`)), bare);
    expect(() => take(encodeSignedFile(forged))).toThrow(code("countersignatures_missing"));
  });

  test("cannot give the whole key to the provider (field_wrong)", () => {
    const { sharing: _, ...whole } = first;
    const forged = signKeyFile({ ...whole, version: first.version + 1, custody: "provider" }, root);
    expect(() => take(forged)).toThrow(code("field_wrong"));
  });

  test("cannot put another file of the same version in place of the pinned one, nor an older (version_not_higher)", () => {
    for (const version of [first.version, first.version - 1]) {
      const forged = successor({ version, kMin: 1 }, ["trustee-1", "trustee-2", "trustee-3"]);
      expect(() => take(forged)).toThrow(code("version_not_higher"));
    }
  });
});

test("custody does not change with custody: provider either, and there the root's word is enough", () => {
  const { sharing: _, ...whole } = first;
  const provider = openKey(signKeyFile({ ...whole, custody: "provider" }, root));
  const next = openKey(signKeyFile({ ...provider, version: 7 }, root));
  checkSuccessor(signKeyFile({ ...provider, version: 7 }, root), next, pinOf(provider), verifySignature);
  expect(() => take(successor({}, ["trustee-1", "trustee-2"]), pinOf(provider))).toThrow(code("field_wrong"));
});

test("a pin is kept and read again as it was", () => {
  const { sharing: _, ...whole } = first;
  for (const pin of [pinned, pinOf({ ...whole, custody: "provider" })]) {
    const kept = encodeCbor([7, ...pinFields(pin)]);
    expect(readPin(new Fields(decodeCbor(kept, "pin"), "pin", 1 + PIN_FIELDS), 1)).toEqual(pin);
  }
});

test("a second list stands in key files alone, and never empty", () => {
  const key = encodeSignedFile({ ...decodeKey(), succession: [] });
  expect(() => openKey(key)).toThrow(code("field_wrong"));
  const roll = decodeCbor(vector("countersigned roll"), "roll") as [Uint8Array, Uint8Array[]];
  const more = encodeCbor([...roll, roll[1]]);
  expect(() => openRoll(more, root.publicKey, verifySignature, first)).toThrow(code("field_wrong"));
});

function decodeKey(): SignedFile {
  return { envelope: signKeyFile(first, root), countersignatures: [] };
}

test("a file's version is read without opening it", () => {
  expect(versionOf("key", vector("countersigned key"))).toBe(first.version);
  expect(versionOf("roll", vector("countersigned roll"))).toBe(
    openRoll(vector("countersigned roll"), root.publicKey, verifySignature, first).version,
  );
});
