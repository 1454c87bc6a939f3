/**
 * Provisioning: the configuration in force, which next one a meter takes, and how it begins anew (docs/PROTOCOL.md, Configuration). The
 * configuration is one value of the store, and the pinned root is the one that it names: a power cut leaves the old or the new, whole.
 */

import { equalBytes } from "../core/bytes.ts";
import { ChoirError } from "../core/errors.ts";
import { MODULUS_BITS } from "../core/paillier/public-key.ts";
import { type Configuration, openConfiguration } from "../core/wire/configuration.ts";
import type { ClampConstants } from "./clamp-constants.ts";
import { forgetDelivered } from "./delivered.ts";
import { checkPinned, findPlace, forgetPinned } from "./enrolment.ts";
import type { Host, Store } from "./host.ts";
import { forgetIdentity } from "./identity.ts";
import { forgetOutbox } from "./outbox.ts";
import { forgetRegister } from "./register.ts";
import { forgetBurnt } from "./sealer.ts";
import type { MeterSettings } from "./settings.ts";

const KEY = "configuration";

/** What provisioning asks of a machine. */
export interface ProvisioningPorts extends Pick<Host, "store" | "verify" | "digest"> {
  /** Refuses what this machine cannot do: sensors that it has no input for, a radio, TLS. @throws ChoirError config_invalid. */
  readonly check?: (configuration: Configuration) => void;
}

type Predecessor = Pick<Configuration, "version" | "meter" | "role" | "rootKey">;

/** What became of a configuration that was handed over. */
export type Applied = "in force" | "unchanged";

/** Owner of the configuration; keeps none of it in memory. */
export class Provisioning {
  readonly #ports: ProvisioningPorts;
  readonly #publicKey: () => Uint8Array;
  readonly #leastKeyBits: number;

  /**
   * @param publicKey the machine's own, 32 bytes, made when there is none
   * @param leastKeyBits of n: less than 2048 in tests alone
   */
  constructor(ports: ProvisioningPorts, publicKey: () => Uint8Array, leastKeyBits: number = MODULUS_BITS.least) {
    this.#ports = ports;
    this.#publicKey = publicKey;
    this.#leastKeyBits = leastKeyBits;
  }

  /** The configuration in force as it came; undefined on a machine that has none. */
  bytes(): Uint8Array | undefined {
    return this.#ports.store.get(KEY);
  }

  /** The configuration in force; undefined on a machine that has none. @throws ChoirError store_corrupt, and then only a factory reset helps. */
  current(): Configuration | undefined {
    const kept = this.bytes();
    if (kept === undefined) return undefined;
    try {
      return openConfiguration(kept, undefined, this.#ports.verify);
    } catch (cause) {
      throw new ChoirError("store_corrupt", "configuration", "one that its root signed", "other bytes", cause);
    }
  }

  /** Of the configuration in force, what a successor is held against; its files are let go. */
  #predecessor(): Predecessor | undefined {
    const current = this.current();
    if (current === undefined) return undefined;
    const { version, meter, role, rootKey } = current;
    return { version, meter, role, rootKey };
  }

  /** What to start the meter with. @throws ChoirError store_corrupt. */
  settings(): MeterSettings | undefined {
    const configuration = this.current();
    return configuration === undefined ? undefined : settingsOf(configuration, this.#leastKeyBits);
  }

  /**
   * Takes a configuration; it is in force from the next start on. One that is refused changes nothing.
   * @throws ChoirError as `openConfiguration`, `findPlace` and `checkPinned`; version_not_higher for it, member_unknown for
   *   another meter's, field_wrong for another role, config_invalid for what this machine cannot do, store_corrupt, entropy_unseeded while the machine has no key of its own.
   */
  apply(bytes: Uint8Array): Applied {
    const { store, verify } = this.#ports;
    const before = this.#predecessor();
    const kept = this.bytes();
    if (kept !== undefined && equalBytes(kept, bytes)) return "unchanged";
    const next = openConfiguration(bytes, before?.rootKey, verify);
    if (before !== undefined) checkSuccessor(next, before);
    this.#ports.check?.(next);
    const place = findPlace(this.#ports, settingsOf(next, this.#leastKeyBits), this.#publicKey());
    if (before !== undefined) checkPinned(this.#ports, next.keyFile, place);
    // what a factory reset that was cut short has left is another life's
    else forgetLife(store);
    store.set(KEY, bytes);
    return "in force";
  }
}

/** The settings that a configuration holds. */
export function settingsOf(configuration: Configuration, leastKeyBits: number = MODULUS_BITS.least): MeterSettings {
  const { meter, role, rootKey, keyFile, roll, metering, sensors } = configuration;
  const pulsesPerKilowattHour = new Map<string, number>();
  const clamps = new Map<string, ClampConstants>();
  for (const sensor of sensors) {
    if (sensor.kind === "clamp") clamps.set(sensor.obis, sensor);
    else pulsesPerKilowattHour.set(sensor.obis, sensor.pulsesPerKilowattHour);
  }
  return { meter, role, rootKey, keyFile, roll, leastKeyBits, pulsesPerKilowattHour, clamps, ...metering };
}

/**
 * Begins anew: forgets configuration, pinned root, versions and outbox, so that any root may provision this machine. It keeps its identity,
 * its register and the mark of what it sealed, since the machine and the energy that it counted stay the same; `everything` forgets
 * those too, for a machine that leaves the household. The meter must not run.
 */
export function factoryReset(store: Store, everything = false): void {
  // first what makes it a meter: cut after this, what is left is forgotten when it is provisioned again
  store.delete(KEY);
  forgetLife(store);
  if (!everything) return;
  forgetRegister(store);
  forgetBurnt(store);
  // last, so that a reset that was cut short shows: the identity is still the old one
  forgetIdentity(store);
}

function forgetLife(store: Store): void {
  forgetOutbox(store);
  forgetPinned(store);
  forgetDelivered(store);
}

/** A later configuration goes on with the same meter in the same role. */
function checkSuccessor(next: Configuration, before: Predecessor): void {
  if (next.meter !== before.meter) {
    throw new ChoirError("member_unknown", "configuration.meter", `this meter, ${before.meter}`, next.meter);
  }
  if (next.role !== before.role) {
    throw new ChoirError("field_wrong", "configuration.role", `the pinned role, ${before.role}`, next.role);
  }
  if (next.version <= before.version) {
    throw new ChoirError("version_not_higher", "configuration.version", `above ${before.version}`, `${next.version}`);
  }
}
