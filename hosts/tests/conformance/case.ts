/** What a case of the suite is, and the few words in which it says what it expects. */

import { equalBytes, toHex } from "../../../core/bytes.ts";
import { ChoirError, type ErrorCode } from "../../../core/errors.ts";
import type { Host } from "../../../firmware/host.ts";
import type { World } from "./world.ts";

/** How long a case may take before it counts as stuck, in ms: no promise of any port is about speed. */
const STUCK_MS = 60_000;
/** How often a condition is looked at again, in ms. */
const LOOK_MS = 5;

/** The machine under test and the rig around it. */
export interface Bench {
  readonly host: Host;
  readonly world: World;
  readonly diary: LinkDiary;
}

/** What the link did in this boot, as its cases saw it. */
export class LinkDiary {
  readonly states: boolean[] = [];
  /** Payloads on the topic that was subscribed to. */
  readonly received: Uint8Array[] = [];
  /** Topics that came to a receiver of another. */
  readonly elsewhere: string[] = [];

  get isUp(): boolean {
    return this.states[this.states.length - 1] ?? false;
  }
}

/** One promise, by its name. */
export interface Case {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** How it went; `detail` is empty when it held. */
export interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Thrown where a port does not do what it promised. */
export class BrokenPromise extends Error {}

/** @throws BrokenPromise unless `holds`. */
export function check(holds: boolean, what: string): void {
  if (!holds) throw new BrokenPromise(what);
}

/** @throws BrokenPromise unless both are the same value; bytes are compared one by one. */
export function same<T>(got: T, expected: T, what: string): void {
  if (areSame(got, expected)) return;
  throw new BrokenPromise(`${what}: ${shorten(show(got))} instead of ${shorten(show(expected))}`);
}

/** Without their texts, which take several times the room of what they show. */
function areSame(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return equalBytes(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => areSame(one, b[i]));
  return a === b;
}

/** Asks for a refusal with this code. @throws BrokenPromise when there is none, or another. */
export async function refused(code: ErrorCode, work: () => unknown, what: string): Promise<void> {
  let thrown: unknown;
  try {
    await work();
  } catch (error) {
    thrown = error;
  }
  check(thrown instanceof ChoirError && thrown.code === code, `${what}: ${describeFailure(thrown)} instead of ${code}`);
}

/** Waits until `holds`; one that never does gets the case stuck. */
export async function until(host: Host, holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(host, LOOK_MS);
}

/** Lets `ms` of the machine's time pass. */
export function pause(host: Host, ms: number): Promise<void> {
  return new Promise((resolve) => void host.scheduler.after(ms, resolve));
}

/** The work, or a BrokenPromise when it is stuck. */
export function deadline(host: Host, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = host.scheduler.after(STUCK_MS, () =>
      reject(new BrokenPromise(`nothing more within ${STUCK_MS} ms`)),
    );
    work.finally(cancel).then(resolve, reject);
  });
}

export function describeFailure(error: unknown): string {
  if (error instanceof BrokenPromise) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : `${error}`;
}

/** Bytes that are the same on every machine, as a test's material: SHA-256 of a label's length and a counter, one block after the other. */
export function material(host: Host, label: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) {
    const block = host.digest.sha256(Uint8Array.of(label >> 8, label, at >> 16, at >> 8, at));
    bytes.set(block.subarray(0, Math.min(32, length - at)), at);
  }
  return bytes;
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  return String(value);
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
