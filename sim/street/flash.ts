/** A meter's flash in a street: it outlives the meter's power, and its engine's process. */

import type { Store } from "../../firmware/host.ts";

/** A store in the street's memory; values are copied in and out. */
export function flash(): Store {
  const records = new Map<string, Uint8Array>();
  return {
    get: (key) => records.get(key)?.slice(),
    set: (key, value) => void records.set(key, value.slice()),
    delete: (key) => void records.delete(key),
    keys: (prefix) => [...records.keys()].filter((key) => key.startsWith(prefix)),
  };
}
