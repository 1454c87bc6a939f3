/** A disk that loses power: a folder of files in memory, and all that it may hold after a cut, given what was synced by then. */

import { basename } from "node:path";

interface File {
  bytes: Uint8Array;
  /** What is surely on the disk. */
  synced: Uint8Array;
}

type Names = ReadonlyMap<string, File>;

/** Thrown by the call at which the power goes; the call has no effect. */
export class PowerLoss extends Error {}

/** What node:fs offers for one folder, as far as the store uses it. */
export class Disk {
  #names = new Map<string, File>();
  /** The folder as it was after each change since it was last synced; any of them may be found after a cut. */
  #histories: Names[] = [new Map()];
  readonly #open = new Map<number, File | "folder">();
  #handles = 0;
  #folder = "";
  /** Calls that change or sync something. */
  calls = 0;
  /** The power goes at this call. */
  cutAt = Number.POSITIVE_INFINITY;

  readonly fs = {
    mkdirSync: (folder: string): void => {
      this.#folder = folder;
    },
    readdirSync: (): string[] => [...this.#names.keys()],
    readFileSync: (path: string): Uint8Array => {
      const file = this.#names.get(basename(path));
      if (file === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      return file.bytes.slice();
    },
    rmSync: (path: string): void => this.#rename(basename(path), undefined),
    renameSync: (from: string, to: string): void => this.#rename(basename(from), basename(to)),
    openSync: (path: string, flags: string): number => {
      this.#handles++;
      if (path === this.#folder) this.#open.set(this.#handles, "folder");
      else {
        if (flags !== "w") throw new RangeError("files are opened to be written");
        this.#count();
        const file: File = this.#names.get(basename(path)) ?? { bytes: new Uint8Array(0), synced: new Uint8Array(0) };
        file.bytes = new Uint8Array(0);
        this.#names.set(basename(path), file);
        this.#remember();
        this.#open.set(this.#handles, file);
      }
      return this.#handles;
    },
    /** Takes less than it is given, as a disk may. */
    writeSync: (handle: number, bytes: Uint8Array, offset = 0): number => {
      const taken = bytes.subarray(offset, offset + Math.max(1, Math.ceil((bytes.length - offset) / 2)));
      this.#write(handle, taken);
      return taken.length;
    },
    writeFileSync: (handle: number, bytes: Uint8Array): void => {
      const middle = bytes.length >> 1;
      this.#write(handle, bytes.subarray(0, middle));
      this.#write(handle, bytes.subarray(middle));
    },
    fsyncSync: (handle: number): void => {
      this.#count();
      const file = this.#open.get(handle);
      if (file === undefined) throw new RangeError("a closed handle");
      if (file === "folder") this.#histories = [new Map(this.#names)];
      else file.synced = file.bytes;
    },
    closeSync: (handle: number): void => {
      if (!this.#open.delete(handle)) throw new RangeError("a closed handle");
    },
  };

  /** Handles that were not closed. */
  get openHandles(): number {
    return this.#open.size;
  }

  /** Every disk that a cut at this moment may leave: each history of the folder, with files that were not synced torn in several ways. */
  afterCut(): readonly Disk[] {
    const tears = [
      (file: File) => file.bytes,
      (file: File) => file.synced,
      (file: File) => file.bytes.subarray(0, file.bytes.length >> 1),
      (file: File) => new Uint8Array(file.bytes.length),
    ];
    return this.#histories.flatMap((names) =>
      tears.map((tear) => {
        const disk = new Disk();
        for (const [name, file] of names) {
          const bytes = file.synced === file.bytes ? file.bytes : tear(file);
          disk.#names.set(name, { bytes, synced: bytes });
        }
        disk.#histories = [new Map(disk.#names)];
        return disk;
      }),
    );
  }

  #write(handle: number, bytes: Uint8Array): void {
    this.#count();
    const file = this.#open.get(handle);
    if (file === undefined || file === "folder") throw new RangeError("no file to write to");
    file.bytes = Uint8Array.of(...file.bytes, ...bytes);
  }

  #rename(from: string, to: string | undefined): void {
    const file = this.#names.get(from);
    if (file === undefined) return;
    this.#count();
    this.#names.delete(from);
    if (to !== undefined) this.#names.set(to, file);
    this.#remember();
  }

  #remember(): void {
    this.#histories.push(new Map(this.#names));
  }

  #count(): void {
    this.calls++;
    if (this.calls === this.cutAt) throw new PowerLoss("power cut");
  }
}
