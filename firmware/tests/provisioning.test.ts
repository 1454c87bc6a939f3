/** Provisioning: which configuration a machine takes, what a power cut at any write leaves, and how it begins anew. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { ChoirError } from "../../core/errors.ts";
import { OBIS_EXPORT, OBIS_IMPORT } from "../../core/names.ts";
import type { Configuration } from "../../core/wire/configuration.ts";
import { parseEnvelope, sealEnvelope } from "../../core/wire/envelope.ts";
import { identityOf } from "../identity.ts";
import { startMeter } from "../meter.ts";
import { factoryReset, Provisioning } from "../provisioning.ts";
import { Register } from "../register.ts";
import { DAY_MS, type Deployment, FIRST, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { HashEntropy, MapStore, nodeDigest, nodeSigner, nodeVerify } from "./doubles.ts";
import { Machine } from "./machine.ts";

let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

const stranger = nodeSigner(nodeDigest.sha256(Buffer.from("impostor")));
const identity = (store: MapStore) => identityOf({ store, entropy: new HashEntropy("entropy"), signer: nodeSigner });

/** A machine that is enrolled as h1, or as the feeder f1, and what it is provisioned with. */
function machine(store = new MapStore()) {
  const { publicKey } = identity(store);
  const roll = (changes = {}) => deployment.roll({ home: publicKey, feeder: nodeDigest.sha256(publicKey) }, changes);
  const ports = { store, verify: nodeVerify, digest: nodeDigest };
  return {
    store,
    publicKey,
    roll,
    provisioning: new Provisioning(ports, () => publicKey, 512),
    configuration: (changes: Partial<Configuration> = {}, signer?: "impostor") =>
      deployment.configuration(roll(), changes, signer),
  };
}

/** What the configuration's clamp hangs on. */
const samplers = new Map([[OBIS_EXPORT, { read: () => [] }]]);
const flash = (store: MapStore) =>
  new Map([...store.map].map(([key, value]) => [key, Buffer.from(value).toString("hex")]));

describe("a machine without a configuration", () => {
  test("takes one by the root that it names, and has it in force, with what the meter is started with", () => {
    const { provisioning, configuration, publicKey, store } = machine();
    expect([provisioning.current(), provisioning.settings()]).toEqual([undefined, undefined]);
    const bytes = configuration();
    expect(provisioning.apply(bytes)).toBe("in force");
    expect(provisioning.bytes()).toEqual(bytes);
    expect(provisioning.settings()).toEqual({
      meter: "h1",
      role: "home",
      rootKey: deployment.rootKey,
      keyFile: deployment.keyFile(),
      roll: deployment.roll({ home: publicKey, feeder: nodeDigest.sha256(publicKey) }),
      leastKeyBits: 512,
      pulsesPerKilowattHour: new Map([[OBIS_IMPORT, 1000]]),
      clamps: new Map([[OBIS_EXPORT, expect.objectContaining({ microAmperesPerCount: 50_000 })]]),
      checkpointMs: 60_000,
      checkpointPulses: 1_000_000,
      poolTarget: 2,
      outboxCapacity: 200,
      boundaryToleranceMs: 5000,
      statusMs: 3_600_000,
    });
    const host = new Machine({ deployment, store, samplers }).host;
    const meter = startMeter(host, provisioning.settings() ?? new Machine({ deployment }).settings);
    expect(meter.publicKey).toEqual(publicKey);
    meter.stop();
  });

  test("refuses a key below 2048 bits unless a test asks for less", () => {
    const { store, configuration, publicKey } = machine();
    const product = new Provisioning({ store, verify: nodeVerify, digest: nodeDigest }, () => publicKey);
    expect(() => product.apply(configuration())).toThrow(/key_too_short/);
  });

  test("has no memory of what an earlier life left in outbox and versions, once it is provisioned", () => {
    const store = new MapStore();
    const { provisioning, configuration } = machine(store);
    store.set("o/abc", Uint8Array.of(1));
    store.set("trust", new Uint8Array(16).fill(0x0f));
    store.set("files/now", Uint8Array.of(1));
    provisioning.apply(configuration());
    expect([...store.map.keys()].sort()).toEqual(["configuration", "identity"]);
  });
});

describe("a configuration is refused, and nothing changes,", () => {
  const cases: readonly (readonly [
    what: string,
    code: RegExp,
    make: (on: ReturnType<typeof machine>) => Uint8Array,
  ])[] = [
    [
      "whose roll lists another key for the meter",
      /member_unknown/,
      () => deployment.configuration(deployment.roll({})),
    ],
    ["for a meter that the roll does not list", /member_unknown/, (on) => on.configuration({ meter: "h9" })],
    ["for another machine's seat", /member_unknown/, (on) => on.configuration({ meter: "h2" })],
    [
      "that makes a home a feeder that the roll does not list",
      /member_unknown/,
      (on) => on.configuration({ role: "feeder" }),
    ],
    [
      "whose key file another root signed",
      /signature_wrong/,
      (on) =>
        on.configuration({
          keyFile: sealEnvelope("key", parseEnvelope("key", deployment.keyFile()).payload, stranger),
        }),
    ],
    [
      "whose roll breaks the key file's rules",
      /group_too_small/,
      (on) => on.configuration({ keyFile: deployment.keyFile({ kMin: 3 }) }),
    ],
    [
      "with a byte changed",
      /signature_wrong/,
      (on) => on.configuration().map((byte, i) => (i === 400 ? byte ^ 1 : byte)),
    ],
    ["cut short", /cbor_malformed/, (on) => on.configuration().slice(0, -1)],
    ["too large", /length_wrong/, () => new Uint8Array(65_537)],
    ["by an impostor in the root's name", /signature_wrong/, (on) => on.configuration({}, "impostor")],
  ];

  test.each(cases)("%s (%s)", (_what, code, make) => {
    const on = machine();
    const before = on.store.operations.length;
    expect(() => on.provisioning.apply(make(on))).toThrow(code);
    expect(on.store.operations.length).toBe(before);
  });

  test.each(cases)("%s, on a machine that has one", (_what, _code, make) => {
    const on = machine();
    on.provisioning.apply(on.configuration());
    const before = on.store.operations.length;
    const bytes = make({ ...on, configuration: (changes, by) => on.configuration({ version: 2, ...changes }, by) });
    expect(() => on.provisioning.apply(bytes)).toThrow(/\(\w+\)/);
    expect(on.store.operations.length).toBe(before);
  });
});

describe("a machine with a configuration", () => {
  const provisioned = () => {
    const on = machine();
    on.provisioning.apply(on.configuration({ version: 5 }));
    const before = on.store.operations.length;
    return { ...on, writes: () => on.store.operations.length - before };
  };

  test("takes a later one by the pinned root", () => {
    const on = provisioned();
    expect(on.provisioning.apply(on.configuration({ version: 6, timeServers: ["time.example"] }))).toBe("in force");
    expect(on.provisioning.current()).toMatchObject({ version: 6, timeServers: ["time.example"] });
    expect(on.writes()).toBe(1);
  });

  test("takes the very same bytes again, and writes nothing", () => {
    const on = provisioned();
    expect(on.provisioning.apply(on.configuration({ version: 5 }))).toBe("unchanged");
    expect(on.writes()).toBe(0);
  });

  test.each([
    ["of a lower version", /version_not_higher/, { version: 4 }],
    ["of the same version and other content", /version_not_higher/, { version: 5, timeServers: ["t"] }],
    ["for another meter", /this meter, h1, got h2 \(member_unknown\)/, { version: 6, meter: "h2" }],
    ["in another role", /field_wrong/, { version: 6, role: "feeder" as const, meter: "h1" }],
    ["that names another root", /field_wrong/, { version: 6, rootKey: new Uint8Array(32).fill(9) }],
  ])("refuses one %s", (_what, code, changes) => {
    const on = provisioned();
    expect(() => on.provisioning.apply(on.configuration(changes))).toThrow(code);
    expect(on.writes()).toBe(0);
  });

  test("refuses one by any other root, whichever root it names", () => {
    const on = provisioned();
    for (const rootKey of [deployment.rootKey, stranger.publicKey]) {
      expect(() => on.provisioning.apply(on.configuration({ version: 6, rootKey }, "impostor"))).toThrow(
        /signature_wrong/,
      );
    }
    expect(on.writes()).toBe(0);
  });

  test.each([
    ["key file", () => ({ version: 6, keyFile: deployment.keyFile({ version: 1 }) })],
    [
      "roll",
      (on: ReturnType<typeof machine>) => ({
        version: 6,
        keyFile: deployment.keyFile({ version: 2 }),
        roll: on.roll({ version: 1 }),
      }),
    ],
  ])("refuses one whose %s is older than one that the meter used", (_what, changes) => {
    const on = provisioned();
    const newer = { version: 7, keyFile: deployment.keyFile({ version: 2 }), roll: on.roll({ version: 2 }) };
    on.provisioning.apply(on.configuration(newer));
    const { host } = new Machine({ deployment, store: on.store, samplers });
    startMeter(host, on.provisioning.settings() ?? new Machine({ deployment }).settings).stop();
    const before = on.store.operations.length;
    expect(() => on.provisioning.apply(on.configuration({ ...changes(on), version: 8 }))).toThrow(/version_not_higher/);
    expect(on.store.operations.length).toBe(before);
  });

  test("of which a bit is flipped refuses to go on, and any other configuration, until it is reset", () => {
    const on = provisioned();
    const good = on.provisioning.bytes() ?? new Uint8Array(0);
    for (const at of [0, 100, good.length - 1]) {
      on.store.set(
        "configuration",
        good.map((byte, i) => (i === at ? byte ^ 1 : byte)),
      );
      expect(() => on.provisioning.current()).toThrow(/store_corrupt/);
      expect(() => on.provisioning.apply(on.configuration({ version: 6 }))).toThrow(/store_corrupt/);
    }
    factoryReset(on.store);
    expect(on.provisioning.apply(on.configuration({ version: 1 }))).toBe("in force");
  });
});

test("a machine refuses what it cannot do, after the signature was checked, and nothing changes", () => {
  const on = machine();
  const seen: string[] = [];
  const check = ({ meter }: Configuration): void => {
    seen.push(meter);
    throw new ChoirError("config_invalid", "sensor", "an input", "none");
  };
  const ports = { store: on.store, verify: nodeVerify, digest: nodeDigest, check };
  const unable = new Provisioning(ports, () => on.publicKey, 512);
  const before = on.store.operations.length;
  expect(() => unable.apply(on.configuration({}, "impostor"))).toThrow(/signature_wrong/);
  expect(seen).toEqual([]);
  expect(() => unable.apply(on.configuration())).toThrow(/config_invalid/);
  expect(seen).toEqual(["h1"]);
  expect(on.store.operations.length).toBe(before);
});

describe("a power cut", () => {
  /** Runs `change` on copies of the flash, cut before each of its writes, and hands each remaining flash on. */
  function cutAtEach(from: MapStore, change: (store: MapStore) => void, left: (store: MapStore) => void): number {
    for (let writes = 0; ; writes++) {
      const store = new MapStore(from.map);
      let allowed = writes;
      store.before = () => {
        if (allowed-- === 0) throw new Error("power");
      };
      let cut = false;
      try {
        change(store);
      } catch (error) {
        if (!(error instanceof Error && error.message === "power")) throw error;
        cut = true;
      }
      left(new MapStore(store.map));
      if (!cut) return writes;
    }
  }

  test("at any write of a first or later configuration leaves the old or the new one, whole, and it can be put again", () => {
    for (const before of [undefined, 1]) {
      const on = machine();
      const old = before === undefined ? undefined : on.configuration({ version: before });
      if (old !== undefined) on.provisioning.apply(old);
      // what an unfinished reset may leave
      else on.store.set("o/left", Uint8Array.of(1));
      const next = on.configuration({ version: 2 });
      const seen = new Set<string>();
      const writes = cutAtEach(
        on.store,
        (store) => machine(store).provisioning.apply(next),
        (store) => {
          const after = machine(store);
          const kept = after.provisioning.bytes();
          expect([old, next]).toContainEqual(kept);
          seen.add(Buffer.from(kept ?? []).toString("hex"));
          after.provisioning.apply(next);
          expect(after.provisioning.current()?.version).toBe(2);
        },
      );
      expect(writes).toBe(before === undefined ? 3 : 1);
      expect(seen.size).toBe(2);
    }
  });

  test.each([false, true])(
    "at any write of a factory reset leaves the meter, or a machine that can be provisioned (everything: %s)",
    (everything) => {
      const on = lived();
      const before = on.provisioning.bytes();
      let cuts = 0;
      cutAtEach(
        on.store,
        (store) => factoryReset(store, everything),
        (store) => {
          cuts++;
          const after = machine(store);
          expect([before, undefined]).toContainEqual(after.provisioning.bytes());
          factoryReset(store);
          const again = machine(store);
          expect(again.provisioning.apply(again.configuration())).toBe("in force");
          expect(store.keys("o/")).toEqual([]);
        },
      );
      expect(cuts).toBeGreaterThan(3);
    },
  );
});

/** A machine that was provisioned, counted, sealed and has something in its outbox. */
function lived() {
  const on = machine();
  on.provisioning.apply(on.configuration());
  on.store.set("trust", new Uint8Array(16));
  on.store.set("burnt", Uint8Array.of(1, 2, 3));
  on.store.set("o/abc", Uint8Array.of(4));
  on.store.set("o/abd", Uint8Array.of(5));
  let pulses = 0;
  const register = new Register(on.store, new Map([[OBIS_IMPORT, { read: () => pulses }]]), 1);
  pulses = 77;
  register.observe();
  return on;
}

describe("a factory reset", () => {
  test("forgets configuration, pinned root, versions and outbox; it keeps identity, register and what is burnt", () => {
    const on = lived();
    const before = flash(on.store);
    factoryReset(on.store);
    const kept = ["burnt", "identity", "register/a", "register/b"];
    expect(flash(on.store)).toEqual(new Map([...before].filter(([key]) => kept.includes(key))));
    expect(new Register(on.store, new Map(), 1).totals().get(OBIS_IMPORT)).toBe(77);
    // a stranger's own key file and roll would do; the root's in his name do not
    expect(() => on.provisioning.apply(on.configuration({ rootKey: stranger.publicKey }, "impostor"))).toThrow(
      /signature_wrong/,
    );
    expect(on.provisioning.apply(on.configuration({ version: 0 }))).toBe("in force");
  });

  test("of everything leaves nothing, and the next identity is another", () => {
    const on = lived();
    factoryReset(on.store, true);
    expect(on.store.map.size).toBe(0);
    const next = identityOf({ store: on.store, entropy: new HashEntropy("later"), signer: nodeSigner });
    expect(next.publicKey).not.toEqual(on.publicKey);
  });

  test("does not let the same meter seal an interval again under the same key", async () => {
    const first = new Machine({ deployment });
    first.start();
    await first.time.runTo(DAY_MS + 2 * LENGTH_MS + LENGTH_MS / 8);
    factoryReset(first.store);
    const next = new Machine({ deployment, store: new MapStore(first.store.map), entropyName: "next" });
    next.start();
    await next.time.runTo(DAY_MS + 3 * LENGTH_MS + LENGTH_MS / 8);
    const intervals = next
      .readings()
      .map((message) => deployment.open(message, identity(next.store).publicKey).interval);
    expect(intervals).toEqual([FIRST + 2]);
  });
});
