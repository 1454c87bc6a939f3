/** What the flags of `choir provision` make of a meter, and what they refuse. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { meterPlan, meterRole, type PlanFlags, pulseRates } from "../meter-plan.ts";

const CHANNELS = ["1-0:1.8.0", "1-0:2.8.0"];
const NOW = Date.parse("2027-01-01T00:00:00Z");
const ca = fileURLToPath(new URL("../../../../headend/authority/tests/data/authorities.pem", import.meta.url));

const FLAGS: PlanFlags = {
  meter: "m1",
  role: "home",
  broker: "mqtts://broker.example",
  ca: [ca],
  pulsesPerKwh: [{ obis: undefined, pulsesPerKilowattHour: 1000 }],
  debounceMicros: 10_000,
  clampMillivolts: 230_000,
  clampNoiseMilliamperes: 0,
  clampPowerFactorPerMille: 1_000,
  clampSamplesPerSecond: 4_000,
  checkpointSeconds: 60,
  checkpointPulses: 100,
  pool: 2,
  outbox: 672,
  toleranceSeconds: 5,
  statusSeconds: 900,
};

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "choir-plan-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plan = (changes: Partial<PlanFlags>) => meterPlan({ ...FLAGS, ...changes }, CHANNELS, NOW);

function written(text: string): string {
  const path = join(folder, "password");
  writeFileSync(path, text);
  return path;
}

describe("the broker", () => {
  test.each([
    ["mqtts://broker.example", { host: "broker.example", port: 8883, user: undefined }],
    ["mqtts://192.0.2.1:443", { host: "192.0.2.1", port: 443, user: undefined }],
    ["mqtts://a%40b:c%3Ad@broker.example", { host: "broker.example", port: 8883, user: "a@b" }],
  ])("%s", (broker, expected) => {
    expect(plan({ broker }).broker).toMatchObject(expected);
  });

  test("has its password from the URL, or from a file whose last line feed is none of it", () => {
    expect(plan({ broker: "mqtts://a:c%3Ad@b" }).broker.password?.reveal()).toBe("c:d");
    for (const text of ["p w", "p w\n", "p w\r\n"]) {
      const { broker } = plan({ broker: "mqtts://a:c@b", brokerPasswordFile: written(text) });
      expect(broker.password?.reveal()).toBe("p w");
    }
    expect(plan({ brokerPasswordFile: written(" p\n\n") }).broker.password?.reveal()).toBe(" p\n");
  });

  test("is reached without TLS where its URL says so", () => {
    const { ca: _, ...rest } = FLAGS;
    const { broker } = meterPlan({ ...rest, broker: "mqtt://b" }, CHANNELS, NOW);
    expect(broker).toMatchObject({ port: 1883, authorities: undefined });
  });
});

describe("the sensors", () => {
  test("have their channels and inputs in the order of the flags, and are listed by channel", () => {
    const { sensors } = plan({ pulsesPerKwh: pulseRates("1-0:2.8.0=500,1-0:1.8.0=1000"), debounceMicros: 7 });
    expect(sensors).toEqual([
      { kind: "pulse", obis: "1-0:1.8.0", input: 1, pulsesPerKilowattHour: 1000, minHighMicros: 7, minLowMicros: 7 },
      { kind: "pulse", obis: "1-0:2.8.0", input: 0, pulsesPerKilowattHour: 500, minHighMicros: 7, minLowMicros: 7 },
    ]);
  });

  test("may be a clamp, on the first channel that has no pulse input", () => {
    const { pulsesPerKwh: _, ...rest } = FLAGS;
    const clamp = { clampMicroamperesPerCount: 69_054, clampNoiseMilliamperes: 40 };
    const expected = {
      kind: "clamp",
      input: 0,
      microAmperesPerCount: 69_054,
      nominalMilliVolts: 230_000,
      noiseFloorMilliAmperes: 40,
      powerFactorPerMille: 1_000,
      samplesPerSecond: 4_000,
    };
    expect(meterPlan({ ...rest, ...clamp }, CHANNELS, NOW).sensors).toEqual([{ ...expected, obis: "1-0:1.8.0" }]);
    expect(plan(clamp).sensors[1]).toEqual({ ...expected, obis: "1-0:2.8.0" });
  });
});

describe("refused", () => {
  test.each<readonly [says: string, changes: Partial<PlanFlags>]>([
    ["--ca: expected the broker's authority, for mqtts://, got none", { ca: [] }],
    ["--broker: expected mqtts://, where there is a --ca, got mqtt://", { broker: "mqtt://b" }],
    [
      "--broker: expected a user and a password in percent-encoding, got another encoding",
      { broker: "mqtts://m:%ff@b" },
    ],
    ["--broker: expected a host name", { broker: "mqtts://[::1]" }],
    ["one sensor for each channel", { pulsesPerKwh: pulseRates("5,1-0:1.8.0=6") }],
    ["one sensor for each channel", { clampMicroamperesPerCount: 1, clampChannel: "1-0:1.8.0" }],
    [
      "--pulses-per-kwh: expected a channel of the key file: 1-0:1.8.0, 1-0:2.8.0, got 1-0:3.8.0",
      { pulsesPerKwh: pulseRates("1-0:3.8.0=5") },
    ],
    [
      "--clamp-channel: expected a channel of the key file",
      { clampMicroamperesPerCount: 1, clampChannel: "1-0:3.8.0" },
    ],
    ["--clamp-channel: expected --clamp-microamperes-per-count beside it", { clampChannel: "1-0:2.8.0" }],
    ["sensors: expected --pulses-per-kwh or --clamp-microamperes-per-count, got neither", { pulsesPerKwh: [] }],
    ["--wifi-password-file: expected --wifi-ssid beside it", { wifiPasswordFile: "x" }],
    ["expected a file with a password, got no readable file", { brokerPasswordFile: "/nowhere" }],
    ["--time-server: expected a host name", { timeServer: ["ntp://a"] }],
  ])("%s", (says, changes) => {
    expect(() => plan(changes)).toThrow(says);
  });

  test.each(["", "0", "1000001", "-5", "5.0", "1-0:1.8.0=", "1-0:1.8.0=5=6", "5,,6", "import=5"])(
    "%j pulses per kWh",
    (text) => {
      expect(() => pulseRates(text)).toThrow("--pulses-per-kwh: expected ");
    },
  );

  test("a role that is none", () => {
    expect([meterRole("home"), meterRole("feeder")]).toEqual(["home", "feeder"]);
    expect(() => meterRole("aggregator")).toThrow('--role: expected home or feeder, got "aggregator" (input_invalid)');
  });
});
