/** What is timed in the simulator: the native ring and signature beside those in JavaScript, on one engine. */

import { asciiBytes, concatBytes } from "../../../core/bytes.ts";
import { nobleSigner } from "../../../core/noble.ts";
import { bigIntRing, elementOf, type Ring } from "../../../core/paillier/ring.ts";
import { sodiumDigest, sodiumSigner } from "../../moddable/primitives.ts";
import { nativeRing } from "../../moddable/ring.ts";
import { xsIntegers } from "../../moddable/xs-integers.ts";

/** About as long as a reading's message at 3072 bits. */
const MESSAGE_BYTES = 2048;

/** Bytes that are alike in every run. */
function material(label: string, length: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < length; at += 32) blocks.push(sodiumDigest.sha256(asciiBytes(`${label} ${at}`)));
  return concatBytes(...blocks).slice(0, length);
}

/** The works for a modulus of so many bits, in the order of sim/benches/engines/native-works.ts. */
export function makeWorks(bits: number): readonly (() => unknown)[] {
  const bytes = material("n", bits / 8);
  const last = bytes.length - 1;
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  bytes[last] = (bytes[last] ?? 0) | 1;
  const n = xsIntegers.fromBytes(bytes);
  const square = n * n;
  const [a, b] = ["a", "b"].map((name) => xsIntegers.fromBytes(material(name, bits / 4)) % square) as [bigint, bigint];
  const products = <E>(ring: Ring<E>): readonly (() => unknown)[] => {
    const [x, y] = [elementOf(ring, a), elementOf(ring, b)];
    return [() => ring.multiply(x, y), () => ring.square(x)];
  };
  const seed = material("seed", 32);
  const message = material("message", MESSAGE_BYTES);
  const [native, noble] = [sodiumSigner(seed), nobleSigner(seed)];
  return [
    ...products(nativeRing(n)),
    ...products(bigIntRing(n, xsIntegers)),
    () => (a * b) % square,
    () => native.sign(message),
    () => noble.sign(message),
  ];
}
