/** Where the records of a flash ring lie, by a hash of their keys: 8 bytes a record, in two typed arrays that grow by halves. */

const FIRST_CAPACITY = 32;

/** Offsets of records; each is there once, a hash may be there often. */
export class RingIndex {
  #hashes = new Uint32Array(FIRST_CAPACITY);
  #offsets = new Uint32Array(FIRST_CAPACITY);
  #count = 0;

  add(hash: number, offset: number): void {
    if (this.#count === this.#hashes.length) this.#grow();
    this.#hashes[this.#count] = hash;
    this.#offsets[this.#count] = offset;
    this.#count++;
  }

  remove(offset: number): void {
    const at = this.#at(offset);
    this.#count--;
    this.#hashes[at] = this.#hashes[this.#count] ?? 0;
    this.#offsets[at] = this.#offsets[this.#count] ?? 0;
  }

  move(from: number, to: number): void {
    this.#offsets[this.#at(from)] = to;
  }

  /** Records whose keys may be the one with this hash. */
  candidates(hash: number): readonly number[] {
    return this.offsets().filter((_, at) => this.#hashes[at] === hash);
  }

  offsets(): readonly number[] {
    return [...this.#offsets.subarray(0, this.#count)];
  }

  #at(offset: number): number {
    return this.#offsets.subarray(0, this.#count).indexOf(offset);
  }

  #grow(): void {
    const capacity = this.#count + (this.#count >> 1);
    const [hashes, offsets] = [this.#hashes, this.#offsets];
    this.#hashes = new Uint32Array(capacity);
    this.#offsets = new Uint32Array(capacity);
    this.#hashes.set(hashes);
    this.#offsets.set(offsets);
  }
}
