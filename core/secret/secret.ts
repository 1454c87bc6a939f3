/** What every secret of ours has in common: however it is printed, nothing of it is seen. */

/** A value that prints as its class's name alone. Its content lies in #private fields, which no printer reaches. */
export abstract class Secret {
  toString(): string {
    return `${this.constructor.name}(hidden)`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
