/** Countersigned files: with shared custody the root alone changes nothing, and no trustee can be made up, left out or signed for. */

import { describe, expect, test } from "@jest/globals";
import { fromHex, toHex } from "../bytes.ts";
import { MODULUS_BITS } from "../paillier/public-key.ts";
import { countersign, decodeSignedFile, encodeSignedFile, type SignedFile } from "../wire/countersigned.ts";
import { type KeyFile, openKeyFile, signKeyFile } from "../wire/key-file.ts";
import { openRoll, signRoll } from "../wire/roll.ts";
import { holderIndex, trusteesNeeded, trusteesOf } from "../wire/sharing.ts";
import { digest, signerOf, verifySignature } from "./machine.ts";
import { sharedWireFile, wireFile } from "./vectors.ts";

const code = (wanted: string) => expect.objectContaining({ name: "ChoirError", code: wanted });
const { seeds, messages } = sharedWireFile();
const signer = (name: string) => signerOf(fromHex(seeds[name]?.seed ?? ""));
const root = signer("root");
const vector = (type: string, index = 0) => fromHex(messages.filter((one) => one.type === type)[index]?.payload ?? "");
const openKey = (bytes: Uint8Array): KeyFile =>
  openKeyFile(bytes, root.publicKey, verifySignature, digest, MODULUS_BITS.tests);
const file = openKey(vector("countersigned key"));
const sharing = file.sharing as NonNullable<KeyFile["sharing"]>;
const roll = openRoll(vector("countersigned roll"), root.publicKey, verifySignature, file);

/** A file countersigned by these. */
const signedBy = (type: "key" | "roll", envelope: Uint8Array, ...names: readonly string[]): SignedFile =>
  names.reduce<SignedFile>((one, name) => countersign(type, one, name, signer(name)), {
    envelope,
    countersignatures: [],
  });
const keyBy = (...names: readonly string[]) =>
  openKey(encodeSignedFile(signedBy("key", signKeyFile(file, root), ...names)));
const rollBy = (...names: readonly string[]) => {
  const bytes = encodeSignedFile(signedBy("roll", signRoll(roll, root), ...names));
  return openRoll(bytes, root.publicKey, verifySignature, file);
};

test("v1: files countersigned by the reference open, and are made again byte by byte", () => {
  expect([file.custody, sharing.threshold, sharing.providerHolder]).toEqual(["shared", 3, "provider"]);
  const again = signedBy("key", signKeyFile(file, root), "trustee-3", "trustee-1");
  expect(toHex(encodeSignedFile(again))).toBe(toHex(vector("countersigned key")));
  const three = ["trustee-1", "trustee-2", "trustee-3"];
  expect(toHex(encodeSignedFile(signedBy("roll", signRoll(roll, root), ...three)))).toBe(
    toHex(vector("countersigned roll", 1)),
  );
  expect(openRoll(vector("countersigned roll", 1), root.publicKey, verifySignature, file)).toEqual(roll);
});

describe.each([
  ["key file", keyBy],
  ["roll", rollBy],
] as const)("a %s with shared custody", (_, openBy) => {
  test("counts when as many trustees countersigned as an opening needs beside the provider", () => {
    expect(trusteesNeeded(sharing)).toBe(2);
    for (const names of [
      ["trustee-1", "trustee-2"],
      ["trustee-3", "trustee-2"],
      ["trustee-1", "trustee-2", "trustee-3"],
    ]) {
      openBy(...names);
    }
  });

  test("does not count with fewer, the same trustee twice among them", () => {
    for (const names of [[], ["trustee-2"], ["trustee-2", "trustee-2"]]) {
      expect(() => openBy(...names)).toThrow(code("countersignatures_missing"));
    }
  });

  test("does not count with the provider's word in place of a trustee's, or a stranger's", () => {
    for (const name of ["provider", "meter-1", "aggregator"]) {
      expect(() => openBy("trustee-1", "trustee-2", name)).toThrow(code("signer_unknown"));
    }
  });
});

describe("a countersignature", () => {
  const key = signedBy("key", signKeyFile(file, root), "trustee-1", "trustee-2");
  const [first, second] = key.countersignatures ?? [];
  const open = (change: Partial<SignedFile>) => () => openKey(encodeSignedFile({ ...key, ...change }));

  test("is its trustee's own, over this file, this signature of the root's, and this type", () => {
    const wrong = code("signature_wrong");
    const swapped = [
      { trustee: "trustee-1", signature: second?.signature ?? new Uint8Array(64) },
      { trustee: "trustee-2", signature: first?.signature ?? new Uint8Array(64) },
    ];
    expect(open({ countersignatures: swapped })).toThrow(wrong);
    expect(open({ envelope: signKeyFile({ ...file, version: 8 }, root) })).toThrow(wrong);
    const other = signedBy("roll", signRoll(roll, root), "trustee-1", "trustee-2");
    expect(open({ countersignatures: other.countersignatures })).toThrow(wrong);
    // a trustee's signature of a message, be it of these bytes, is no countersignature
    const plain = { trustee: "trustee-1", signature: signer("trustee-1").sign(key.envelope) };
    expect(open({ countersignatures: [plain, second as typeof plain] })).toThrow(wrong);
  });

  test("does not make up for the root's signature", () => {
    const forged = signKeyFile(file, signer("trustee-1"));
    const bytes = encodeSignedFile(signedBy("key", forged, "trustee-1", "trustee-2", "trustee-3"));
    expect(() => openKey(bytes)).toThrow(code("signature_wrong"));
  });

  test("that does not hold is refused even where enough others do", () => {
    const broken = { trustee: "trustee-3", signature: new Uint8Array(64) };
    expect(open({ countersignatures: [...(key.countersignatures ?? []), broken] })).toThrow(code("signature_wrong"));
  });
});

describe("custody", () => {
  const old = wireFile();
  const provider = old.messages.find(({ type, bits }) => type === "key" && bits === 512);
  const providerFile = openKey(fromHex(provider?.envelope ?? ""));

  test("shared is not had by the root's signature alone, in a file without its outer list", () => {
    expect(() => openKey(signKeyFile(file, root))).toThrow(code("countersignatures_missing"));
    const bare = () => openRoll(signRoll(roll, root), root.publicKey, verifySignature, file);
    expect(bare).toThrow(code("countersignatures_missing"));
  });

  test("provider has no countersignatures, so that each file has one form", () => {
    expect(providerFile.sharing).toBeUndefined();
    for (const names of [[], ["trustee-1", "trustee-2"]]) {
      const wrapped = encodeSignedFile(signedBy("key", fromHex(provider?.envelope ?? ""), ...names));
      expect(() => openKey(wrapped)).toThrow(code("type_wrong"));
      const listed = encodeSignedFile(signedBy("roll", signRoll(roll, root), ...names));
      expect(() => openRoll(listed, root.publicKey, verifySignature, providerFile)).toThrow(code("type_wrong"));
    }
  });

  test("and its sharing are signed together or not at all", () => {
    const { sharing: _, ...without } = file;
    expect(() => signKeyFile(without, root)).toThrow(code("field_wrong"));
    expect(() => signKeyFile({ ...providerFile, sharing }, root)).toThrow(code("field_wrong"));
  });

  test("without a share of the provider's needs all of a threshold from trustees", () => {
    const auditors = sharingOf(8);
    expect(trusteesNeeded(auditors)).toBe(3);
    expect(trusteesOf(auditors).length).toBe(4);
    expect(trusteesOf(sharing).map(({ holder }) => holder)).toEqual(["trustee-1", "trustee-2", "trustee-3"]);
  });

  test("numbers its holders from 1 in the order of their ids, and knows no others", () => {
    expect(sharing.holders.map(({ holder }) => holderIndex(sharing, holder))).toEqual([1, 2, 3, 4]);
    expect(() => holderIndex(sharing, "trustee-4")).toThrow(code("member_unknown"));
  });
});

/** The sharing of the vector of that version, countersigned by three of its trustees. */
function sharingOf(version: number): NonNullable<KeyFile["sharing"]> {
  const found = messages.find(({ type, fields }) => type === "key" && fields["version"] === version);
  const signed = signedBy("key", fromHex(found?.envelope ?? ""), "trustee-1", "trustee-2", "trustee-3");
  const opened = openKey(encodeSignedFile(signed));
  if (opened.sharing === undefined) throw new Error("no sharing");
  return opened.sharing;
}

test("a file taken apart is put together again, bare or in its list", () => {
  for (const bytes of [vector("countersigned roll", 2), signRoll(roll, root)]) {
    expect(encodeSignedFile(decodeSignedFile(bytes, "file"))).toEqual(bytes);
  }
});
