/** Store: atomic per key, by value, there again after a power cut. */

import type { Host } from "../../../../firmware/host.ts";
import { type Case, check, material, refused, same } from "../case.ts";

const KEPT_KEY = "t/kept";
const REPLACED_KEY = "t/replaced";
const DELETED_KEY = "t/deleted";
/** Overwritten again and again until the power is cut. */
const TORN_KEY = "t/torn";
/** As long as a key may be. */
const LONGEST_KEY = "abcdefghi/0-9-z";

export const storeCases: readonly Case[] = [
  {
    name: "Store: gives back what was set, of any length and any bytes, and nothing for what was not",
    run: async ({ host: { store } }) => {
      same(store.get("t/never"), undefined, "a key that was never set");
      const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const values = [every, new Uint8Array(0), Uint8Array.of(1), new Uint8Array(5000).fill(0xab), Uint8Array.of(0, 0)];
      for (const key of ["t/x", "a", LONGEST_KEY]) {
        for (const value of values) {
          store.set(key, value);
          same(store.get(key), value, key);
        }
        store.delete(key);
        same(store.get(key), undefined, `${key}, deleted`);
        store.delete(key);
      }
    },
  },
  {
    name: "Store: bytes go in and out as copies",
    run: async ({ host: { store } }) => {
      const value = Uint8Array.of(9, 1, 2, 3, 9);
      store.set("t/copy", value.subarray(1, 4));
      value.fill(0);
      const got = store.get("t/copy");
      same(got, Uint8Array.of(1, 2, 3), "after the value that was set has changed");
      got?.fill(7);
      same(store.get("t/copy"), Uint8Array.of(1, 2, 3), "after the value that was got has changed");
      store.delete("t/copy");
    },
  },
  {
    name: "Store: lists the keys of a prefix, each once, and no other",
    run: async ({ host: { store } }) => {
      // a meter may have lived here, none of whose keys begins so
      const listed = ["z/1", "z/1/2", "z/10", "z-1", "z"];
      for (const key of listed) store.set(key, Uint8Array.of(1));
      store.set("z/1", Uint8Array.of(2));
      store.set("z/gone", Uint8Array.of(1));
      store.delete("z/gone");
      const sorted = (prefix: string): string => [...store.keys(prefix)].sort().join(" ");
      same(sorted("z/"), "z/1 z/1/2 z/10", "z/");
      same(sorted("z/1/"), "z/1/2", "z/1/");
      same(sorted("z"), "z z-1 z/1 z/1/2 z/10", "z");
      same(sorted("y"), "", "y");
      check(
        listed.every((key) => store.keys("").includes(key)),
        "the empty prefix leaves keys out",
      );
      for (const key of listed) store.delete(key);
      same(sorted("z"), "", "z, all deleted");
    },
  },
  {
    name: "Store: a key that is no key is refused and nothing is stored",
    run: async ({ host: { store } }) => {
      const before = [...store.keys("")].sort().join(" ");
      for (const key of ["", "sixteen-letters-", "A", "a_b", "a.new", "../a", "a b", "\u00e4"]) {
        await refused("input_invalid", () => store.set(key, Uint8Array.of(1)), `set "${key}"`);
        await refused("input_invalid", () => store.get(key), `get "${key}"`);
        await refused("input_invalid", () => store.delete(key), `delete "${key}"`);
      }
      same([...store.keys("")].sort().join(" "), before, "keys");
    },
  },
  {
    name: "Store: keeps what the boot after the power cut asks for",
    run: async ({ host }) => {
      const { store } = host;
      store.set(KEPT_KEY, material(host, 1, 700));
      store.set(REPLACED_KEY, material(host, 1, 900));
      store.set(REPLACED_KEY, material(host, 2, 300));
      store.set(DELETED_KEY, Uint8Array.of(1));
      store.delete(DELETED_KEY);
      same(store.get(REPLACED_KEY), material(host, 2, 300), "the replaced value");
    },
  },
];

/** Overwrites one key for as long as there is power, with values of changing length whose bytes are all their number. */
export function keepWriting({ store, scheduler }: Host): void {
  let round = 0;
  scheduler.idle(() => {
    round++;
    store.set(TORN_KEY, new Uint8Array(tornLength(round)).fill(round));
    return true;
  });
}

function tornLength(round: number): number {
  return 1 + ((round * 677) % 3000);
}

export const storeAfterPowerCut: readonly Case[] = [
  {
    name: "Store: what was set, replaced and deleted is so after the power cut",
    run: async ({ host }) => {
      same(host.store.get(KEPT_KEY), material(host, 1, 700), "the value that was set once");
      same(host.store.get(REPLACED_KEY), material(host, 2, 300), "the value that was replaced");
      same(host.store.get(DELETED_KEY), undefined, "the key that was deleted");
      check(!host.store.keys("t/").includes(DELETED_KEY), "the deleted key is listed");
    },
  },
  {
    name: "Store: a value that was being replaced when the power was cut is whole, the old one or the new one",
    run: async ({ host: { store } }) => {
      const value = store.get(TORN_KEY);
      const round = value?.[0];
      if (value === undefined || round === undefined) throw new RangeError("nothing was written before the power cut");
      check(
        value.every((byte) => byte === round),
        "a mixture of two values",
      );
      const rounds = Array.from({ length: 40 }, (_, i) => round + 256 * i);
      check(
        rounds.some((one) => tornLength(one) === value.length),
        `${value.length} bytes of ${round}`,
      );
    },
  },
];
