/** An update is taken only when its header is signed for this chip and newer, whatever the pieces it comes in; it boots only when it is whole. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { concatBytes } from "../../../core/bytes.ts";
import {
  compareVersions,
  signUpdateHeader,
  UPDATE_HEADER_BYTES,
  type UpdateHeader,
} from "../../../core/wire/update-file.ts";
import { nodeSigner, nodeVerify } from "../../node/primitives.ts";
import { TRIAL_MS, Trial } from "../trial.ts";
import { type ImageSlot, UpdateStream } from "../update-stream.ts";
import { HandTurns } from "./turns.ts";

const signer = nodeSigner(new Uint8Array(32).fill(7));
const image = Uint8Array.from({ length: 3_000 }, (_, at) => (at * 31) & 0xff);
const hashOf = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const header = (fields: Partial<UpdateHeader> = {}) => ({
  chip: "esp32c3",
  version: "1.3.0",
  length: image.length,
  hash: hashOf(image),
  ...fields,
});
const file = (fields: Partial<UpdateHeader> = {}, bytes = image) =>
  concatBytes(signUpdateHeader(header(fields), signer), bytes);

class Slot implements ImageSlot {
  readonly bytes = 4_000;
  readonly seen: string[] = [];
  written: Uint8Array = new Uint8Array(0);

  begin(length: number): void {
    this.seen.push(`begin ${length}`);
  }
  write(bytes: Uint8Array): void {
    this.written = concatBytes(this.written, bytes);
  }
  finish(): void {
    this.seen.push("finish");
  }
  abandon(): void {
    this.seen.push("abandon");
  }
}

function take(bytes: Uint8Array, pieces: readonly number[] = [], key = signer.publicKey): Slot {
  const slot = new Slot();
  const terms = {
    chip: "esp32c3",
    version: "1.2.9",
    failed: "1.2.10",
    key,
    verify: nodeVerify,
    hash: () => {
      const hash = createHash("sha256");
      return { update: (part: Uint8Array) => void hash.update(part), digest: () => new Uint8Array(hash.digest()) };
    },
  };
  const stream = new UpdateStream(terms, slot);
  try {
    let at = 0;
    for (const length of pieces) {
      stream.push(bytes.subarray(at, at + length));
      at = Math.min(bytes.length, at + length);
    }
    stream.push(bytes.subarray(at));
    stream.end();
  } catch (error) {
    slot.seen.push((error as Error).message.replace(/.*\((\w+)\)$/, "$1"));
  }
  return slot;
}

describe("an update", () => {
  test("that is sound is written whole and boots next, in whatever pieces it comes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 8 }), (pieces) => {
        const slot = take(file(), pieces);
        expect(slot.seen).toEqual(["begin 3000", "finish"]);
        expect(slot.written).toEqual(image);
      }),
    );
  });

  test.each<[string, Uint8Array, string]>([
    ["for another chip", file({ chip: "esp32s3" }), "field_wrong"],
    ["of the running version", file({ version: "1.2.9" }), "version_not_higher"],
    ["of an older version", file({ version: "1.1.99" }), "version_not_higher"],
    ["of the version that was given up", file({ version: "1.2.10" }), "input_invalid"],
    ["of no version", file({ version: "1.4" }), "field_wrong"],
    ["that is too large", file({ length: 4_001 }), "length_wrong"],
    ["that is no update file", new Uint8Array(4_000), "type_wrong"],
    ["that is shorter than a header", file().subarray(0, UPDATE_HEADER_BYTES - 1), "length_wrong"],
  ])("%s is refused before anything is written", (_, bytes, code) => {
    expect(take(bytes).seen).toEqual(["abandon", code]);
  });

  test("with any bit of its header changed is refused before anything is written", () => {
    for (let at = 0; at < UPDATE_HEADER_BYTES; at++) {
      const changed = file();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const [first, code] = take(changed).seen;
      expect({ at, first, code }).toEqual({ at, first: "abandon", code: at < 8 ? "type_wrong" : "signature_wrong" });
    }
  });

  test("that another key signed is refused", () => {
    const other = nodeSigner(new Uint8Array(32).fill(8)).publicKey;
    expect(take(file(), [], other).seen).toEqual(["abandon", "signature_wrong"]);
  });

  test("whose image is changed, cut short or longer is written and never boots", () => {
    const changed = file();
    changed[UPDATE_HEADER_BYTES + 99] = (changed[UPDATE_HEADER_BYTES + 99] ?? 0) ^ 1;
    expect(take(changed).seen).toEqual(["begin 3000", "abandon", "input_invalid"]);
    expect(take(file().subarray(0, -1)).seen).toEqual(["begin 3000", "abandon", "length_wrong"]);
    const longer = take(concatBytes(file(), Uint8Array.of(0)), [UPDATE_HEADER_BYTES + image.length]);
    expect(longer.seen).toEqual(["begin 3000", "abandon", "length_wrong"]);
    expect(longer.written).toEqual(image);
  });

  test("versions are compared number by number", () => {
    const ascending = ["0.0.1", "0.1.0", "0.9.10", "0.10.9", "1.0.0", "1.0.10", "10.0.0"];
    for (const [at, one] of ascending.entries()) {
      for (const [beside, other] of ascending.entries()) {
        expect(Math.sign(compareVersions(one, other))).toBe(Math.sign(at - beside));
      }
    }
  });
});

describe("an image on trial", () => {
  const trial = (onTrial = true) => {
    const turns = new HandTurns();
    const seen: string[] = [];
    const verdict = { confirm: () => void seen.push("confirm"), giveUp: () => void seen.push("give up") };
    return { turns, seen, trial: new Trial(onTrial, verdict, turns) };
  };

  test("stays once it has counted, connected and published, in any order, and nothing comes after", () => {
    const { turns, seen, trial: one } = trial();
    one.show("published");
    one.show("counted");
    expect([seen, one.missing]).toEqual([[], ["connected"]]);
    one.show("connected");
    one.show("connected");
    turns.pass(2 * TRIAL_MS);
    expect(seen).toEqual(["confirm"]);
  });

  test("goes when its time is up and anything is missing", () => {
    const { turns, seen, trial: one } = trial();
    one.show("counted");
    one.show("connected");
    turns.pass(TRIAL_MS - 1);
    expect(seen).toEqual([]);
    turns.pass(1);
    expect(seen).toEqual(["give up"]);
  });

  test("is left alone when it is not on trial", () => {
    const { turns, seen, trial: one } = trial(false);
    one.show("counted");
    turns.pass(2 * TRIAL_MS);
    expect(seen).toEqual([]);
  });
});
