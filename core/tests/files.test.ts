/** What a meter's config topic carries is bounded (docs/PROTOCOL.md, Files). */

import { expect, test } from "@jest/globals";
import { decodeFiles, encodeFiles, MOST_FILES_BYTES } from "../wire/files.ts";

const EMPTY_BYTES =
  encodeFiles({ keyFile: undefined, roll: new Uint8Array(MOST_FILES_BYTES / 2) }).length - MOST_FILES_BYTES / 2;

test("files of the most bytes are read, and one byte more is refused", () => {
  const most = encodeFiles({ keyFile: undefined, roll: new Uint8Array(MOST_FILES_BYTES - EMPTY_BYTES) });
  expect(most).toHaveLength(MOST_FILES_BYTES);
  expect(decodeFiles(most).roll).toHaveLength(MOST_FILES_BYTES - EMPTY_BYTES);
  const more = encodeFiles({ keyFile: undefined, roll: new Uint8Array(MOST_FILES_BYTES - EMPTY_BYTES + 1) });
  expect(() => decodeFiles(more)).toThrow(expect.objectContaining({ code: "length_wrong" }));
});
