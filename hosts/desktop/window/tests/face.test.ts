/** The window's words for what the meter says of itself. */
import { describe, expect, test } from "@jest/globals";
import type { Diagnostics } from "../../../../core/wire/status.ts";
import { type Facts, faceOf, kilowattHours, powerText } from "../face.ts";

const diagnostics: Diagnostics = {
  uptimeSeconds: 3600,
  boots: 2,
  clockQuality: "synced",
  poolLevel: 2,
  poolMisses: 0,
  outboxDepth: 1,
  outboxDropped: 0,
  rejectedReadings: 0,
};
const well: Facts = {
  version: "0.1.0",
  meter: "home-1",
  channels: [{ obis: "1-0:1.8.0", pulses: 12_345, pulsesPerKilowattHour: 1000, watts: 344.6 }],
  diagnostics,
  seals: true,
  link: "up",
  cable: true,
};
const states = (facts: Partial<Facts>): Readonly<Record<string, string>> =>
  Object.fromEntries(faceOf({ ...well, ...facts }).states.map(({ name, text, tone }) => [name, `${text} (${tone})`]));
const said = (changes: Partial<Diagnostics>) => states({ diagnostics: { ...diagnostics, ...changes } });

describe("the window of a meter that is well", () => {
  test("shows its name, its version, its register with unit and power, and four good states", () => {
    expect(faceOf(well)).toEqual({
      title: "home-1",
      version: "0.1.0",
      registers: [{ name: "Import", energy: "12.345", energyUnit: "kWh", power: "345 W" }],
      states: [
        { name: "Pool", text: "2 ready", tone: "good" },
        { name: "Outbox", text: "1 waiting", tone: "good" },
        { name: "Clock", text: "synced", tone: "good" },
        { name: "Link", text: "up", tone: "good" },
      ],
      cable: "Cut network",
    });
  });

  test("names the channels it knows, and the others by their OBIS code", () => {
    const channels = ["1-0:1.8.0", "1-0:2.8.0", "1-0:3.8.0"].map((obis) => ({
      obis,
      pulses: 0,
      pulsesPerKilowattHour: 1000,
      watts: undefined,
    }));
    const { registers } = faceOf({ ...well, channels });
    expect(registers.map(({ name }) => name)).toEqual(["Import", "Export", "1-0:3.8.0"]);
    expect(registers.map(({ power }) => power)).toEqual(["- W", "- W", "- W"]);
  });
});

test.each([
  [0, 1000, "0.000"],
  [999, 1000, "0.999"],
  [1_000_000, 1000, "1000.000"],
  [999_999, 1_000_000, "0.999"],
  [1, 3, "0.333"],
  [Number.MAX_SAFE_INTEGER, 1_000_000, "9007199254.740"],
])("%d pulses of %d per kWh are %s kWh, rounded down", (pulses, perKilowattHour, text) => {
  expect(kilowattHours(pulses, perKilowattHour)).toBe(text);
});

test.each([
  [undefined, "- W"],
  [0, "0 W"],
  [9999.4, "9999 W"],
  [10_000, "10.0 kW"],
  [12_345, "12.3 kW"],
])("%p watts read %s", (watts, text) => expect(powerText(watts)).toBe(text));

describe("what is not as it should be", () => {
  test("an empty pool and an outbox that grows are worth a look; a reading lost to a full outbox is wrong", () => {
    expect(said({ poolLevel: 0 })["Pool"]).toBe("empty (look)");
    expect(said({ outboxDepth: 0 })["Outbox"]).toBe("empty (good)");
    expect(said({ outboxDepth: 3 })["Outbox"]).toBe("3 waiting (look)");
    expect(said({ outboxDepth: 10, outboxDropped: 4 })["Outbox"]).toBe("10, 4 lost (wrong)");
  });

  test("a clock out of touch is worth a look, one that was never set is wrong", () => {
    expect(said({ clockQuality: "holdover" })["Clock"]).toBe("holdover (look)");
    expect(said({ clockQuality: "unset" })["Clock"]).toBe("unset (wrong)");
  });

  test("a link shows its phase, and a cut cable above it", () => {
    expect(states({ link: "connecting" })["Link"]).toBe("connecting (look)");
    expect(states({ link: "backoff" })["Link"]).toBe("backoff (look)");
    expect(states({ link: "down" })["Link"]).toBe("down (wrong)");
    expect(states({ link: "backoff", cable: false })["Link"]).toBe("cable cut (wrong)");
    expect(faceOf({ ...well, cable: false }).cable).toBe("Join network");
  });

  test("a meter that is not provisioned says so, and no numbers that it does not have", () => {
    const channels = well.channels.map((channel) => ({ ...channel, pulses: undefined, watts: undefined }));
    const face = faceOf({ ...well, meter: undefined, channels, diagnostics: undefined, link: "down" });
    expect(face.title).toBe("not provisioned");
    expect(face.registers).toEqual([{ name: "Import", energy: "-", energyUnit: "kWh", power: "- W" }]);
    expect(face.states.map(({ text }) => text)).toEqual(["-", "-", "-", "down"]);
  });

  test("a feeder's meter needs no pool", () => {
    expect(states({ seals: false, diagnostics: { ...diagnostics, poolLevel: 0 } })["Pool"]).toBe("none needed (plain)");
  });
});
