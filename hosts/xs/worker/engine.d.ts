// What the bare XS engine has beyond ES2022, as far as this host uses it (XS's own extensions, and its worker's two doors).

/** Big-endian integers from bytes: 0.002 ms for a ciphertext, where 64-bit limbs take 0.05. */
interface BigIntConstructor {
  fromArrayBuffer(buffer: ArrayBuffer): bigint;
}

/** Big-endian bytes of an integer, padded to `minimumBytes`. */
interface ArrayBufferConstructor {
  fromBigInt(value: bigint, minimumBytes: number): ArrayBuffer;
}

declare const performance: { now(): number };

/** Hands bytes out to the machine outside, and waits for its answer. */
declare function issueCommand(message: ArrayBuffer): ArrayBuffer;

/** Called with each command; the reply is sent when the engine is idle. */
declare var handleCommand: (command: ArrayBuffer) => ArrayBuffer;
