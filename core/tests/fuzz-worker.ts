/** The fuzz itself, in a thread of its own: jest's sandbox makes every global three times as dear. Asked for a decoder by name, it answers with what became of its messages. */

import { isMainThread, parentPort } from "node:worker_threads";
import { equalBytes, toHex } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { type Decoder, decoderOf } from "./decoders.ts";
import { headsOf } from "./heads.ts";
import { seededNumbers } from "./machine.ts";
import { mutator } from "./mutations.ts";

/** How many messages each decoder gets. */
export const MESSAGES = 100_000;

/** What became of the messages, with the first that met each fate, in hex. */
export type Fates = Readonly<Record<string, { readonly count: number; readonly first: string }>>;

/** Accepted, refused by a code, or something that must not happen. */
function fate({ name, again, codes }: Decoder, bytes: Uint8Array): string {
  let verdict: string;
  try {
    verdict = equalBytes(again(bytes), bytes) ? "accepted" : "accepted, but encoded otherwise";
  } catch (error) {
    if (!(error instanceof ChoirError)) return `not of ours: ${error}`;
    verdict = codes.includes(error.code) ? error.code : `unlisted code ${error.code}`;
  }
  const disputed = name === "cbor" && (headsOf(bytes) !== undefined) !== (verdict === "accepted");
  return disputed ? `${verdict}, but a second reader of CBOR says otherwise` : verdict;
}

function fuzz(decoder: Decoder): Fates {
  const damaged = mutator(decoder.corpus, seededNumbers(decoder.name.length * 7919 + decoder.corpus.length));
  const fates: Record<string, { count: number; first: string }> = {};
  for (let i = 0; i < MESSAGES; i++) {
    const bytes = damaged();
    const found = fate(decoder, bytes);
    const known = fates[found];
    if (known === undefined) fates[found] = { count: 1, first: toHex(bytes) };
    else known.count++;
  }
  return fates;
}

if (!isMainThread) {
  // stack traces are most of the cost of a refusal, and nobody reads these
  Error.stackTraceLimit = 0;
  parentPort?.on("message", (name: string) => parentPort?.postMessage(fuzz(decoderOf(name))));
}
