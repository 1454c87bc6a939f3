/** The C functions of native/ as TypeScript sees them; each cast below states what the function of that name returns. */

/** The operating system (native/system.c). */
export const system = {
  /** Milliseconds that never step and never fall. */
  monotonicMs(): number {
    return native("choir_monotonic").call(this) as number;
  },
  /** Fills `bytes` with the system's own entropy; throws when it has none. */
  fillEntropy(bytes: Uint8Array): void {
    native("choir_entropy").call(this, bytes);
  },
  environment(name: string): string | undefined {
    return native("choir_environment").call(this, name) as string | undefined;
  },
  /** To be called once, before the first socket. */
  ignoreBrokenPipes(): void {
    native("choir_ignore_broken_pipes").call(this);
  },
  /** Ends the process at once, as a power cut does: nothing in memory is written, nobody is told. */
  cutPower(): void {
    native("choir_cut_power").call(this);
  },
};

/** Files (native/files.c). Paths have fewer than 1,024 bytes. All throw an Error with the system's words. */
export const files = {
  read(path: string): ArrayBuffer | undefined {
    return native("choir_file_read").call(this, path) as ArrayBuffer | undefined;
  },
  /** Exactly `length` bytes from `offset`. */
  readPart(path: string, offset: number, length: number): ArrayBuffer {
    return native("choir_file_read_part").call(this, path, offset, length) as ArrayBuffer;
  },
  size(path: string): number | undefined {
    return native("choir_file_size").call(this, path) as number | undefined;
  },
  /** All of the bytes or none, on the disk when this returns. */
  replace(path: string, bytes: Uint8Array): void {
    native("choir_file_replace").call(this, path, bytes);
  },
  remove(path: string): void {
    native("choir_file_remove").call(this, path);
  },
  makeFolder(path: string): void {
    native("choir_folder_make").call(this, path);
  },
  list(path: string): string[] {
    return native("choir_folder_list").call(this, path) as string[];
  },
};
