/** Where a file goes that is put over the console: bytes in order, in force only once they are all there and hash to what was told. */

import { concatBytes, equalBytes } from "../core/bytes.ts";
import { ChoirError } from "../core/errors.ts";
import type { Digest } from "../core/ports.ts";
import { MOST_CONFIGURATION_BYTES } from "../core/wire/configuration.ts";
import type { Provisioning } from "./provisioning.ts";

/** A host has one for each file; the table's is a partition of the flash, or a file. */
export interface BlobSink {
  /** The most bytes that it holds. */
  readonly mostBytes: number;
  /** Forgets what was put since, and begins anew. What is in force stays so unless the sink has room for one file alone. */
  begin(): void;
  /** The next bytes. */
  append(bytes: Uint8Array): void;
  /** Puts the file in force, having read it where it lies now. @throws ChoirError of the file's own kind, and then nothing new is in force. */
  commit(length: number, sha256: Uint8Array): void;
  /** Whether the file in force is this very one. */
  holds(length: number, sha256: Uint8Array): boolean;
}

/** What becomes of a file that is whole. */
export interface WholeFileEnds {
  readonly name: string;
  readonly mostBytes: number;
  /** The file in force. */
  held(): Uint8Array | undefined;
  /** Puts a whole file in force. @throws ChoirError for one that it refuses. */
  keep(bytes: Uint8Array): void;
}

/** Keeps a file in memory until it is whole: what is in force stays until then, whatever comes. */
export class WholeFileSink implements BlobSink {
  readonly #ends: WholeFileEnds;
  readonly #digest: Digest;
  #pieces: Uint8Array[] = [];

  constructor(ends: WholeFileEnds, digest: Digest) {
    this.#ends = ends;
    this.#digest = digest;
  }

  get mostBytes(): number {
    return this.#ends.mostBytes;
  }

  begin(): void {
    this.#pieces = [];
  }

  append(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
  }

  /** @throws ChoirError input_invalid for another hash; as `keep`. */
  commit(length: number, sha256: Uint8Array): void {
    const bytes = concatBytes(...this.#pieces);
    this.begin();
    if (!isFile(bytes, length, sha256, this.#digest)) {
      throw new ChoirError("input_invalid", this.#ends.name, "the bytes of its SHA-256", "others");
    }
    this.#ends.keep(bytes);
  }

  holds(length: number, sha256: Uint8Array): boolean {
    const held = this.#ends.held();
    return held !== undefined && isFile(held, length, sha256, this.#digest);
  }
}

/** The configuration, which provisioning refuses or has in force. */
export class ConfigurationSink extends WholeFileSink {
  constructor(provisioning: Provisioning, digest: Digest) {
    const held = (): Uint8Array | undefined => provisioning.bytes();
    const keep = (bytes: Uint8Array): void => void provisioning.apply(bytes);
    super({ name: "configuration", mostBytes: MOST_CONFIGURATION_BYTES, held, keep }, digest);
  }
}

/** Whether bytes have this length and hash. */
export function isFile(bytes: Uint8Array, length: number, sha256: Uint8Array, digest: Digest): boolean {
  return bytes.length === length && equalBytes(digest.sha256(bytes), sha256);
}
