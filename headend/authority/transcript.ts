/** The transcript of a ceremony: one JSON object a line, public facts alone, each line with the hash of the one before, so that none can be taken out. */

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { toHex } from "../../core/bytes.ts";
import { nodeDigest } from "../service/crypto.ts";
import { deploymentFile } from "./deployment.ts";

/** One line's facts. Never a secret: whoever writes one hands in hashes, public keys and parameters. */
export type TranscriptStep = { readonly step: string } & Readonly<Record<string, string | number | boolean | null>>;

/** SHA-256 in hex. */
export function hashOf(content: string | Uint8Array): string {
  return toHex(nodeDigest.sha256(typeof content === "string" ? new TextEncoder().encode(content) : content));
}

/** The lines of these steps, after a line whose hash is `previous`. */
export function transcriptLines(steps: readonly TranscriptStep[], previous: string | null = null): readonly string[] {
  const lines: string[] = [];
  let before = previous;
  for (const step of steps) {
    const line = JSON.stringify({ ...step, previous: before });
    lines.push(line);
    before = hashOf(line);
  }
  return lines;
}

/** Adds steps to a deployment's transcript; one without a transcript, as with `custody: provider`, gets none. */
export function appendTranscript(folder: string, steps: readonly TranscriptStep[]): void {
  const path = deploymentFile(folder, "transcript");
  if (!existsSync(path)) return;
  const last = readFileSync(path, "utf8").trimEnd().split("\n").at(-1);
  const lines = transcriptLines(steps, last === undefined ? null : hashOf(last));
  appendFileSync(path, lines.map((line) => `${line}\n`).join(""));
}
