/** The other end of firmware/console.ts: asks a machine who it is, and puts files on it piece by piece. */

import { createHash } from "node:crypto";
import { fromHex } from "../../../core/bytes.ts";
import { ChoirError } from "../../../core/errors.ts";
import { type ConsoleFile, MOST_PUT_BYTES } from "../../../firmware/console.ts";
import type { Asking, LineSession } from "./line-session.ts";

const KEY_BYTES = 32;
/** A board that was reset by opening its port may take so long until it listens. */
const GREETING: Asking = { waitMs: 1_000, tries: 20, afterNoise: true };
/** Erasing a flash comes before the first answer to a piece; a file is hashed, and a configuration's signatures are checked, before a commit's. Both may be said twice. */
const PIECE: Asking = { waitMs: 15_000, tries: 3 };
const COMMIT: Asking = { waitMs: 60_000, tries: 2 };

/** Talks to the console of one machine. */
export class ConsoleClient {
  readonly #session: LineSession;

  constructor(session: LineSession) {
    this.#session = session;
  }

  /** The machine's public key, 32 bytes; waits until it listens. @throws (rejects) ChoirError device_failed. */
  async identity(): Promise<Uint8Array> {
    // ends whatever half a line the port's opening has made
    this.#session.send("");
    const key = fromHex(await this.#session.ask("identity", "identity", GREETING), "identity");
    if (key.length !== KEY_BYTES) throw new ChoirError("device_failed", "identity", "32 bytes", `${key.length}`);
    return key;
  }

  /** What the machine says of itself, as JSON (firmware/about.ts). @throws (rejects) ChoirError device_failed. */
  about(): Promise<string> {
    return this.#session.ask("version", "version", PIECE);
  }

  /**
   * Puts a file and has it committed.
   * @param progress told how many bytes are there
   * @returns false when the machine had this very file already
   * @throws (rejects) ChoirError device_failed, with the machine's own words when it refuses.
   */
  async put(file: ConsoleFile, bytes: Uint8Array, progress: (done: number) => void = () => {}): Promise<boolean> {
    const commit = `commit ${file} ${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}`;
    if (await this.#holds(commit, file)) return false;
    for (let at = 0; at < bytes.length; at += MOST_PUT_BYTES) {
      const piece = Buffer.from(bytes.subarray(at, at + MOST_PUT_BYTES));
      const next = at + piece.length;
      await this.#session.ask(`put ${file} ${at} ${piece.toString("base64")}`, `put ${file} ${next}`, PIECE);
      progress(next);
    }
    await this.#session.ask(commit, `committed ${file}`, COMMIT);
    return true;
  }

  /** Starts the machine again. @throws (rejects) ChoirError device_failed. */
  async restart(): Promise<void> {
    await this.#session.ask("restart", "restarting", { waitMs: 5_000 });
  }

  async #holds(commit: string, file: ConsoleFile): Promise<boolean> {
    try {
      await this.#session.ask(commit, `committed ${file}`, COMMIT);
      return true;
    } catch (error) {
      if (error instanceof ChoirError && error.got.startsWith("error ")) return false;
      throw error;
    }
  }
}
