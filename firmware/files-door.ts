/** The door for new files: what comes over a meter's config topic is opened, held against what is pinned, and waits for its first interval (docs/PROTOCOL.md, Files). */

import { ChoirError } from "../core/errors.ts";
import type { MeterEventCode } from "../core/meter-words.ts";
import { decodeSignedFile, versionOf } from "../core/wire/countersigned.ts";
import { parseEnvelope } from "../core/wire/envelope.ts";
import { decodeFiles, type Files } from "../core/wire/files.ts";
import { type RollHead, walkRoll } from "../core/wire/roll-walk.ts";
import { checkSuccessor } from "../core/wire/succession.ts";
import { topics } from "../core/wire/topics.ts";
import { comeIntoForce, forgetWaiting, keepWaiting, type Waiting, waitingFile } from "./delivered.ts";
import {
  type Enrolment,
  findSeat,
  type KeyTerms,
  NOBODY,
  openKey,
  pin,
  tableOf,
  termsOf,
  type Who,
} from "./enrolment.ts";
import type { Host } from "./host.ts";
import type { MeterSettings } from "./settings.ts";

/** Whose files, and how they are opened. */
export type Owner = Who & Pick<MeterSettings, "leastKeyBits">;

/** A file that was opened. */
interface Opened<T> extends Waiting {
  readonly about: T;
}

/** The meter's config topic, and the files that wait. */
export class FilesDoor {
  readonly #host: Host;
  readonly #owner: Owner;
  readonly #publicKey: Uint8Array;
  readonly #event: (code: MeterEventCode) => void;
  /** No file waits for an earlier interval; asked at every look, so it is kept. */
  #nextInterval = 0;

  constructor(host: Host, owner: Owner, publicKey: Uint8Array, event: (code: MeterEventCode) => void) {
    this.#host = host;
    this.#owner = owner;
    this.#publicKey = publicKey;
    this.#event = event;
  }

  /** Listens. @param enrolment the meter's, at the time of asking */
  open(enrolment: () => Enrolment): void {
    this.#host.uplink.subscribe(topics.config(this.#owner.meter), (_topic, payload) => {
      try {
        this.#take(decodeFiles(payload), enrolment());
      } catch (error) {
        this.#refuse("files are refused", error);
      }
    });
  }

  /** Brings the files whose first interval has come into force; returns the meter's place in them, undefined where none has. */
  due(interval: number, { keyFile: terms, roll: head, seat }: Enrolment): Enrolment | undefined {
    if (interval < this.#nextInterval) return undefined;
    const { store } = this.#host;
    try {
      const [key, roll] = [waitingFile(store, "key"), waitingFile(store, "roll")];
      this.#nextInterval = Math.min(
        ...[key, roll].map((file) =>
          file === undefined || file.firstInterval <= interval ? Number.POSITIVE_INFINITY : file.firstInterval,
        ),
      );
      const isDue = (file: Waiting | undefined): Uint8Array | undefined =>
        file !== undefined && file.firstInterval <= interval ? file.bytes : undefined;
      const files: Files = { keyFile: isDue(key), roll: isDue(roll) };
      if (files.keyFile === undefined && files.roll === undefined) return undefined;
      const keyFile = files.keyFile === undefined ? terms : this.#openKey(files.keyFile);
      // a key's meters sit where a roll for that key seats them
      const before = keyFile === terms ? { roll: head, seat } : { roll: head, seat: undefined };
      const found = files.roll === undefined ? before : this.#findSeat(keyFile, files.roll);
      comeIntoForce(store, files);
      pin(this.#host, files.keyFile, { keyFile, ...found });
      return { keyFile, ...found };
    } catch (error) {
      forgetWaiting(store);
      this.#refuse("files that waited are forgotten", error);
      return undefined;
    }
  }

  /** Everything is checked before anything is written. @throws ChoirError as `#openNext` and `#openRoll`. */
  #take({ keyFile, roll }: Files, enrolment: Enrolment): void {
    const { store } = this.#host;
    const key = keyFile === undefined ? undefined : this.#openNext(keyFile, enrolment.keyFile);
    const seated = roll === undefined ? undefined : this.#openRoll(roll, enrolment, key?.about);
    const isNew = [
      key !== undefined && keepWaiting(store, "key", key),
      seated !== undefined && keepWaiting(store, "roll", seated),
    ];
    if (!isNew.includes(true)) return;
    this.#nextInterval = 0;
    this.#event("files_taken");
    if (key !== undefined && this.#owner.role === "home" && tableOf(this.#host, key.about) === undefined) {
      this.#event("table_missing");
    }
  }

  /** A key file that may come after the one in force; undefined for that one itself. @throws ChoirError as `openKeyFile` and `checkSuccessor`, field_wrong for another interval length. */
  #openNext(bytes: Uint8Array, current: KeyTerms): Opened<KeyTerms> | undefined {
    if (versionOf("key", bytes) === current.version) return undefined;
    const about = this.#openKey(bytes);
    checkSuccessor(bytes, about, current, this.#host.verify);
    if (about.intervalMs !== current.intervalMs) {
      const expected = `intervals of ${current.intervalMs} ms, as before`;
      throw new ChoirError("field_wrong", "key file.interval seconds", expected, `${about.intervalMs} ms`);
    }
    return { firstInterval: about.firstInterval, bytes: bytes.slice(), about };
  }

  /** A roll that is newer than the one in force; undefined for that one itself. @throws ChoirError version_not_higher, and as `findSeat`. */
  #openRoll(
    bytes: Uint8Array,
    { keyFile, roll }: Enrolment,
    comingKey: KeyTerms | undefined,
  ): Opened<RollHead> | undefined {
    // nothing of this is sure before its signatures are checked; it says which key's trustees must have made them
    const { version, firstInterval } = walkRoll(
      parseEnvelope("roll", decodeSignedFile(bytes, "roll").envelope).payload,
      NOBODY,
    );
    if (version === roll.version) return undefined;
    if (version < roll.version) {
      throw new ChoirError("version_not_higher", "roll.version", `above ${roll.version}`, `${version}`);
    }
    const next = comingKey ?? this.#waitingKey();
    const terms = next !== undefined && firstInterval >= next.firstInterval ? next : keyFile;
    const { roll: about } = this.#findSeat(terms, bytes);
    return { firstInterval, bytes: bytes.slice(), about };
  }

  #waitingKey(): KeyTerms | undefined {
    const waiting = waitingFile(this.#host.store, "key");
    return waiting === undefined ? undefined : this.#openKey(waiting.bytes);
  }

  #openKey(keyFile: Uint8Array): KeyTerms {
    return termsOf(openKey(this.#host, { ...this.#owner, keyFile }));
  }

  #findSeat(terms: KeyTerms, roll: Uint8Array): Pick<Enrolment, "roll" | "seat"> {
    return findSeat(this.#host, this.#owner, terms, roll, this.#publicKey, true);
  }

  #refuse(what: string, error: unknown): void {
    if (!(error instanceof ChoirError)) throw error;
    this.#host.log.warn(`${what}: ${error.message}`);
    this.#event("config_refused");
  }
}
