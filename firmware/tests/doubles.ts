/** A test double for every other port: store, counters, uplink with its broker, entropy, digest and signatures. */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { ChoirError } from "../../core/errors.ts";
import type { Digest, Entropy, Signer, Verify } from "../../core/ports.ts";
import type { Log, PulseCounter, Store, Uplink } from "../host.ts";

export const nodeDigest: Digest = {
  sha256: (message) => new Uint8Array(createHash("sha256").update(message).digest()),
  sha512: (message) => new Uint8Array(createHash("sha512").update(message).digest()),
};

const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

export function nodeSigner(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI.length)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

export const nodeVerify: Verify = (publicKey, message, signature) => {
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: "der", type: "spki" });
  return verify(null, message, key, signature);
};

/** `nodeVerify` that remembers its answers: a day that is lived hundreds of times sees the same receipts each time. */
export function rememberingVerify(): Verify {
  const answers = new Map<string, boolean>();
  return (publicKey, message, signature) => {
    const question = Buffer.concat([publicKey, signature, message]).toString("latin1");
    const answer = answers.get(question) ?? nodeVerify(publicKey, message, signature);
    answers.set(question, answer);
    return answer;
  };
}

/** SHA-256 of a name and a counter: other bytes for every name, the same for the same. */
export class HashEntropy implements Entropy {
  #counter = 0;
  readonly #name: string;
  seeded = true;

  constructor(name: string) {
    this.#name = name;
  }

  fill(bytes: Uint8Array): void {
    if (!this.seeded) throw new ChoirError("entropy_unseeded", "test entropy", "a seed", "none");
    for (let at = 0; at < bytes.length; at += 32) {
      const block = createHash("sha256")
        .update(`${this.#name}/${this.#counter++}`)
        .digest();
      bytes.set(block.subarray(0, Math.min(32, bytes.length - at)), at);
    }
  }
}

export interface StoreOperation {
  readonly kind: "set" | "delete";
  readonly key: string;
  /** What is set; none when deleting. */
  readonly value: Uint8Array | undefined;
}

export class MapStore implements Store {
  readonly map: Map<string, Uint8Array>;
  /** All that changed it, in order. */
  readonly operations: StoreOperation[] = [];
  /** Called before each change. */
  before: (operation: StoreOperation) => void = () => {};

  constructor(entries: Iterable<readonly [string, Uint8Array]> = []) {
    this.map = new Map(entries);
  }

  get(key: string): Uint8Array | undefined {
    return this.map.get(key)?.slice();
  }

  set(key: string, value: Uint8Array): void {
    if (!/^[a-z0-9\-/]{1,15}$/.test(key)) throw new RangeError(`store key ${key}`);
    this.#note({ kind: "set", key, value: value.slice() });
    this.map.set(key, value.slice());
  }

  delete(key: string): void {
    this.#note({ kind: "delete", key, value: undefined });
    this.map.delete(key);
  }

  keys(prefix: string): readonly string[] {
    // the port promises no order
    return [...this.map.keys()].filter((key) => key.startsWith(prefix)).reverse();
  }

  #note(operation: StoreOperation): void {
    this.before(operation);
    this.operations.push(operation);
  }
}

/** A counter over a wire: what it saw since it got power. */
export function counterOf(wire: () => number): PulseCounter {
  const start = wire();
  return { read: () => wire() - start };
}

export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  readonly atMs: number;
}

/** The meter's link, and all that the broker behind it saw. */
export class MemoryUplink implements Uplink {
  readonly #now: () => number;
  readonly #changes: ((up: boolean) => void)[] = [];
  readonly #subscriptions = new Map<string, (topic: string, payload: Uint8Array) => void>();
  readonly messages: Message[] = [];
  will: { readonly topic: string; readonly payload: Uint8Array } | undefined;
  started = false;
  up = false;
  /** Publishes that fail although the link is up. */
  refuses: (topic: string) => boolean = () => false;

  constructor(now: () => number) {
    this.#now = now;
  }

  publish(topic: string, payload: Uint8Array, options?: { readonly retain?: boolean }): Promise<void> {
    if (!this.up || this.refuses(topic)) {
      return Promise.reject(new ChoirError("link_down", "uplink", "a link", "none"));
    }
    this.messages.push({ topic, payload: payload.slice(), retain: options?.retain ?? false, atMs: this.#now() });
    return Promise.resolve();
  }

  subscribe(topic: string, receive: (topic: string, payload: Uint8Array) => void): void {
    this.#subscriptions.set(topic, receive);
  }

  onState(change: (up: boolean) => void): void {
    this.#changes.push(change);
    if (this.up) change(true);
  }

  setWill(topic: string, payload: Uint8Array): void {
    if (this.started) throw new RangeError("the will comes before start");
    this.will = { topic, payload };
  }

  start(): void {
    this.started = true;
  }

  stop(): void {
    this.link(false);
    this.started = false;
  }

  /** Makes or breaks the link. */
  link(up: boolean): void {
    if (up === this.up || !this.started) return;
    this.up = up;
    for (const change of this.#changes) change(up);
  }

  /** A message from the broker; lost while the link is down. */
  deliver(topic: string, payload: Uint8Array): void {
    if (this.up) this.#subscriptions.get(topic)?.(topic, payload);
  }

  get subscriptions(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  on(topic: string): readonly Message[] {
    return this.messages.filter((message) => message.topic === topic);
  }
}

export class KeptLog implements Log {
  readonly lines: string[] = [];

  info(message: string): void {
    this.lines.push(message);
  }

  warn(message: string): void {
    this.lines.push(message);
  }
}
