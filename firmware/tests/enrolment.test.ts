/** What a meter refuses of its files, and that it goes on counting each time; its identity; its settings at the door. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { OBIS_IMPORT } from "../../core/names.ts";
import { countersign, encodeSignedFile, type SignedFile } from "../../core/wire/countersigned.ts";
import { enrol, findPlace } from "../enrolment.ts";
import { identityOf } from "../identity.ts";
import { startMeter } from "../meter.ts";
import type { MeterSettings } from "../settings.ts";
import { DAY_MS, type Deployment, LENGTH_MS, makeDeployment } from "./deployment.ts";
import { MapStore, nodeDigest, nodeSigner } from "./doubles.ts";
import { Machine } from "./machine.ts";

let deployment: Deployment;
beforeAll(() => {
  deployment = makeDeployment();
});

/** What a meter with these settings says of itself, after an interval. */
async function refusal(settings: Partial<MeterSettings>, role: "home" | "feeder" = "home"): Promise<readonly string[]> {
  const machine = new Machine({ deployment, role });
  const one = new Machine({ deployment, role, store: machine.store, settings });
  const meter = one.start();
  one.extra.set(OBIS_IMPORT, 77);
  await one.time.runTo(DAY_MS + LENGTH_MS + LENGTH_MS / 8);
  expect(one.readings()).toEqual([]);
  expect(one.uplink.messages.filter(({ topic }) => topic.endsWith("/feeder"))).toEqual([]);
  meter.stop();
  const next = one.after(1000, { deployment, role });
  expect(next.start().diagnostics().boots).toBe(2);
  expect(one.events().map(({ code }) => code)).toEqual(["booted", "config_refused"]);
  return one.log.lines.filter((line) => line.startsWith("this meter only counts"));
}

describe("a meter only counts, and says config_refused,", () => {
  const cases: readonly (readonly [name: string, code: string, settings: () => Partial<MeterSettings>])[] = [
    ["when another root signed", "signature_wrong", () => ({ rootKey: new Uint8Array(32).fill(1) })],
    ["when its key file is cut short", "cbor_malformed", () => ({ keyFile: deployment.keyFile().slice(0, -1) })],
    ["when its key is too short", "key_too_short", () => ({ leastKeyBits: 2048 })],
    ["when the roll lists another key for it", "member_unknown", () => ({ roll: deployment.roll({}) })],
    ["when the roll does not list it", "member_unknown", () => ({ meter: "h9" })],
    ["when its block is in no group", "member_unknown", () => ({ roll: ungrouped() })],
    [
      "when a block of the roll is below k_min",
      "group_too_small",
      () => ({ keyFile: deployment.keyFile({ kMin: 3 }) }),
    ],
    ["when its table is another key's", "table_wrong", () => ({ keyFile: otherTable() })],
  ];
  const ownKey = () => identityOf(new Machine({ deployment }).host).publicKey;
  const ungrouped = () => deployment.roll({ home: ownKey() }, { groups: [] });
  const otherTable = () => deployment.keyFile({ tableHash: new Uint8Array(32) });

  test.each(cases)("%s (%s)", async (_name, code, settings) => {
    expect(await refusal(settings())).toEqual([expect.stringContaining(`(${code})`)]);
  });

  test("as a feeder that the roll does not list (member_unknown)", async () => {
    expect(await refusal({ roll: deployment.roll({}) }, "feeder")).toEqual([
      expect.stringContaining("(member_unknown)"),
    ]);
  });

  test.each([
    ["key file", () => ({ keyFile: deployment.keyFile({ version: 0 }) })],
    ["roll", () => ({ roll: deployment.roll({ home: ownKey() }, { version: 0 }) })],
  ])("when its %s is older than one that it had (version_not_higher)", async (_name, older) => {
    const first = new Machine({ deployment });
    first.start();
    const next = first.after(1000, { deployment, settings: older() });
    next.start();
    expect(next.log.lines).toContainEqual(expect.stringContaining("(version_not_higher)"));
  });
});

describe("with shared custody a meter", () => {
  const trustees = ["t1", "t2", "t3"];
  const signerOf = (name: string) => nodeSigner(nodeDigest.sha256(Buffer.from(name)));
  const keyFile = (...names: readonly string[]): Uint8Array => {
    const holder = (name: string, i: number) => ({
      holder: name,
      signingKey: signerOf(name).publicKey,
      sealingKey: new Uint8Array(32).fill(i),
      verification: 4n ** BigInt(i + 1),
    });
    const [providerSealingKey, v] = [new Uint8Array(32).fill(9), 4n];
    const sharing = { providerSealingKey, threshold: 2, v, holders: trustees.map(holder), providerHolder: undefined };
    return countersigned("key", deployment.keyFile({ custody: "shared", sharing }), names);
  };
  const countersigned = (type: "key" | "roll", envelope: Uint8Array, names: readonly string[]): Uint8Array => {
    const bare: SignedFile = { envelope, countersignatures: [] };
    return encodeSignedFile(names.reduce((file, name) => countersign(type, file, name, signerOf(name)), bare));
  };
  const ownKey = () => identityOf(new Machine({ deployment }).host).publicKey;
  const roll = (...names: readonly string[]) => countersigned("roll", deployment.roll({ home: ownKey() }), names);

  test("enrols with a key file and a roll that as many trustees countersigned as an opening needs", () => {
    const { host, settings } = new Machine({ deployment });
    const files = { keyFile: keyFile("t1", "t3"), roll: roll("t2", "t1") };
    const { keyFile: opened, seat } = findPlace(host, { ...settings, ...files }, ownKey());
    expect([opened.custody, opened.sharing?.threshold, seat.block]).toEqual(["shared", 2, "b1"]);
    expect(enrol(host, { ...settings, ...files }, ownKey()).seat?.block).toBe("b1");
  });

  test.each([
    ["a key file that the root alone signed", () => ({ keyFile: keyFile(), roll: roll("t1", "t2") })],
    ["a roll that the root alone signed", () => ({ keyFile: keyFile("t1", "t2"), roll: roll() })],
    ["a roll without its list", () => ({ keyFile: keyFile("t1", "t2"), roll: deployment.roll({ home: ownKey() }) })],
    ["a roll that too few countersigned", () => ({ keyFile: keyFile("t1", "t2"), roll: roll("t3") })],
  ])("only counts with %s (countersignatures_missing)", async (_, files) => {
    expect(await refusal(files())).toEqual([expect.stringContaining("(countersignatures_missing)")]);
  });
});

describe("the identity", () => {
  test("is drawn once and stays", () => {
    const store = new MapStore();
    const first = new Machine({ deployment, store, entropyName: "one" });
    const second = new Machine({ deployment, store, entropyName: "two" });
    expect(identityOf(second.host).publicKey).toEqual(identityOf(first.host).publicKey);
    expect(store.operations.filter(({ key }) => key === "identity").length).toBe(1);
  });

  test("is not made without entropy, and not guessed from a torn seed", () => {
    const { host, entropy } = new Machine({ deployment });
    entropy.seeded = false;
    expect(() => identityOf({ ...host, store: new MapStore() })).toThrow(/entropy_unseeded/);
    expect(() => identityOf({ ...host, store: new MapStore([["identity", new Uint8Array(31)]]) })).toThrow(
      /store_corrupt/,
    );
  });
});

test.each([
  ["meter", "a/b", /field_wrong/],
  ["pulsesPerKilowattHour", 0, /value_out_of_range/],
  ["checkpointMs", 0, /value_out_of_range/],
  ["outboxCapacity", 0, /value_out_of_range/],
  ["rootKey", new Uint8Array(31), /length_wrong/],
])("settings with a wrong %s are refused at the door, and nothing is written", (name, value, code) => {
  const { host, store, settings } = new Machine({ deployment });
  const writes = store.operations.length;
  expect(() => startMeter(host, { ...settings, [name]: value })).toThrow(code);
  expect(store.operations.length).toBe(writes);
});
