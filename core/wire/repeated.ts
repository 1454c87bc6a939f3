/** Finds what stands twice among items of a message by where they begin: four bytes an item, where their texts in a set would take a hundred. */

/** Places of items in one CBOR message; each item is text or bytes of fewer than 256, in its shortest form. */
export class ItemPlaces {
  readonly #bytes: Uint8Array;
  #places = new Uint32Array(16);
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param at where an item's head stands */
  add(at: number): void {
    if (this.#count === this.#places.length) {
      const more = new Uint32Array(2 * this.#count);
      more.set(this.#places);
      this.#places = more;
    }
    this.#places[this.#count] = at;
    this.#count++;
  }

  /** Whether two items are equal. Orders the places anew. */
  haveEqualItems(): boolean {
    const places = this.#places.subarray(0, this.#count).sort((a, b) => this.#compare(a, b));
    for (let i = 1; i < places.length; i++) {
      // both indices are below the length
      if (this.#compare(places[i - 1] as number, places[i] as number) === 0) return true;
    }
    return false;
  }

  /** Equal items have equal encodings, heads first. */
  #compare(a: number, b: number): number {
    const end = this.#length(a);
    for (let i = 0; i < end; i++) {
      // equal so far, lengths among it, so both places are inside the message
      const difference = (this.#bytes[a + i] as number) - (this.#bytes[b + i] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Of the item with its head. */
  #length(at: number): number {
    const info = (this.#bytes[at] ?? 0) & 0x1f;
    return info < 24 ? 1 + info : 2 + (this.#bytes[at + 1] ?? 0);
  }
}
