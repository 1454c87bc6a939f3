/**
 * A store of records by key on LevelDB: one writer that syncs whole batches, reads that see what is yet to be written, a format record,
 * and a CRC-32 in every record.
 */

import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { ClassicLevel } from "classic-level";
import { equalBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../../core/wire/cbor.ts";
import { codeOf } from "./fault.ts";

/** New content of a record: bytes, bytes to be made when the batch is, or nothing (the record goes). */
export type Change = Uint8Array | (() => Uint8Array) | undefined;

const FORMAT_KEY = "format";
const CRC_BYTES = 4;
/** Held in memory, and read again after a crash, before it becomes a sorted file. */
const WRITE_BUFFER_BYTES = 16 * 2 ** 20;
/** What a sorted file is made of, and read by: with 30 readings in each, making the files costs a third less than with two. */
const BLOCK_BYTES = 64 * 2 ** 10;

interface Turn {
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** An open store. */
export class Store {
  readonly #level: ClassicLevel<string, Uint8Array>;
  /** Changes for the next batch, and those of the batch under way. */
  #next = new Map<string, Change>();
  #writing: ReadonlyMap<string, Change> = new Map();
  #turn: Turn | undefined;
  #running: Promise<void> | undefined;
  #failure: unknown;

  private constructor(level: ClassicLevel<string, Uint8Array>) {
    this.#level = level;
  }

  /**
   * Opens the folder, made where there is none.
   * @param format what the records are, and for whom; it must be the same for ever
   * @throws ChoirError store_version_unknown for another format, store_corrupt, config_invalid where another process has it open.
   */
  static async open(folder: string, format: readonly (string | number)[]): Promise<Store> {
    // ciphertexts and signatures do not compress
    const options = {
      keyEncoding: "utf8",
      valueEncoding: "view",
      compression: false,
      writeBufferSize: WRITE_BUFFER_BYTES,
      blockSize: BLOCK_BYTES,
    };
    const level = new ClassicLevel<string, Uint8Array>(folder, options);
    try {
      await level.open();
    } catch (error) {
      throw openingError(folder, error);
    }
    const store = new Store(level);
    try {
      await store.#checkFormat(folder, encodeCbor(format));
    } catch (error) {
      await level.close();
      throw error;
    }
    return store;
  }

  /** The record's content, also where it is not yet written. @throws ChoirError store_corrupt. */
  get(key: string): Uint8Array | undefined {
    for (const changes of [this.#next, this.#writing]) {
      const change = changes.get(key);
      if (change !== undefined || changes.has(key)) return typeof change === "function" ? change() : change;
    }
    let record: Uint8Array | undefined;
    try {
      record = this.#level.getSync(key);
    } catch (cause) {
      throw new ChoirError("store_corrupt", `record ${key}`, "a readable record", "damaged data", cause);
    }
    return record === undefined ? undefined : unframe(key, record);
  }

  /** Changes records all together; resolves when they are on the disk. */
  write(changes: Iterable<readonly [string, Change]>): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    for (const [key, change] of changes) this.#next.set(key, change);
    this.#turn ??= newTurn();
    const { done } = this.#turn;
    this.#running ??= this.#run();
    return done;
  }

  /** Records with from <= key < to, in order of their keys, as they are on the disk when this is called. */
  async *scan(from: string, to: string): AsyncGenerator<readonly [string, Uint8Array]> {
    await this.#running;
    for await (const [key, record] of this.#level.iterator({ gte: from, lt: to })) yield [key, unframe(key, record)];
  }

  /** Removes records with from <= key < to, in batches. */
  async removeRange(from: string, to: string): Promise<void> {
    await this.#running;
    for await (const key of this.#level.keys({ gte: from, lt: to })) void this.write([[key, undefined]]);
    await this.#running;
  }

  /** Waits for what is being written, then closes. */
  async close(): Promise<void> {
    await this.#running?.catch(() => {});
    await this.#level.close();
  }

  async #run(): Promise<void> {
    try {
      while (this.#turn !== undefined) {
        // all that this turn of the event loop brings goes into one batch: a synced write costs as much as judging three readings
        await setImmediate();
        const turn = this.#turn;
        const writing = this.#next;
        this.#writing = writing;
        this.#next = new Map();
        this.#turn = undefined;
        try {
          // put by put: handing an array over costs three times as much
          const batch = this.#level.batch();
          for (const [key, change] of writing) {
            const content = typeof change === "function" ? change() : change;
            if (content !== change) writing.set(key, content);
            if (content === undefined) batch.del(key);
            else batch.put(key, frame(key, content));
          }
          await batch.write({ sync: true });
        } catch (error) {
          // what memory holds is ahead of the disk now, so nothing more may be written or acknowledged
          this.#failure = error;
          turn.reject(error);
          // whoever queued up while this batch was written set a turn of their own
          (this.#turn as Turn | undefined)?.reject(error);
          return;
        }
        this.#writing = new Map();
        turn.resolve();
      }
    } finally {
      this.#running = undefined;
    }
  }

  async #checkFormat(folder: string, format: Uint8Array): Promise<void> {
    const found = this.get(FORMAT_KEY);
    if (found === undefined) {
      for await (const _ of this.#level.keys({ limit: 1 })) {
        throw new ChoirError("store_version_unknown", folder, "a store of Choir", "records of another program");
      }
      await this.write([[FORMAT_KEY, format]]);
    } else if (!equalBytes(found, format)) {
      const name = (bytes: Uint8Array): string => JSON.stringify(decodeRecord(FORMAT_KEY, bytes));
      throw new ChoirError("store_version_unknown", folder, `format ${name(format)}`, name(found));
    }
  }
}

/** A record's content as CBOR. @throws ChoirError store_corrupt. */
export function decodeRecord(key: string, content: Uint8Array): CborValue {
  try {
    return decodeCbor(content, key);
  } catch (cause) {
    throw new ChoirError("store_corrupt", `record ${key}`, "a record of this format", "something else", cause);
  }
}

/** Reads a record's fields. @throws ChoirError store_corrupt for whatever `read` throws. */
export function readRecord<T>(key: string, content: Uint8Array, read: (value: CborValue) => T): T {
  const value = decodeRecord(key, content);
  try {
    return read(value);
  } catch (cause) {
    throw new ChoirError("store_corrupt", `record ${key}`, "a record of this format", "other fields", cause);
  }
}

/** A whole number as part of a key, so that keys sort like numbers. */
export function keyNumber(value: number): string {
  return String(value).padStart(16, "0");
}

function frame(key: string, content: Uint8Array): Uint8Array {
  const record = new Uint8Array(content.length + CRC_BYTES);
  record.set(content);
  new DataView(record.buffer).setUint32(content.length, checksum(key, content));
  return record;
}

function unframe(key: string, record: Uint8Array): Uint8Array {
  const length = record.length - CRC_BYTES;
  const content = record.subarray(0, Math.max(length, 0));
  if (length < 0 || new DataView(record.buffer, record.byteOffset).getUint32(length) !== checksum(key, content)) {
    throw new ChoirError("store_corrupt", `record ${key}`, "its checksum", "another");
  }
  return content;
}

function checksum(key: string, content: Uint8Array): number {
  return crc32(content, crc32(key));
}

function newTurn(): Turn {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // callers that do not wait for their write learn of a failure at the next one
  done.catch(() => {});
  return { done, resolve, reject };
}

function openingError(folder: string, error: unknown): unknown {
  const code = typeof error === "object" && error !== null && "cause" in error ? codeOf(error.cause) : undefined;
  if (code === "LEVEL_LOCKED") {
    return new ChoirError(
      "config_invalid",
      folder,
      "a store of one process",
      "one that another process has open",
      error,
    );
  }
  if (code === "LEVEL_CORRUPTION") {
    return new ChoirError("store_corrupt", folder, "a readable store", "damaged files", error);
  }
  return error;
}
