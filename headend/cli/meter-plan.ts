/** The flags of `choir provision` that say what a meter is told: its broker, its radio, its sensors, how it measures. */

import { readFileSync } from "node:fs";
import { ChoirError } from "../../core/errors.ts";
import { checkHostName } from "../../core/host-name.ts";
import { METER_ROLES, type MeterRole } from "../../core/meter-words.ts";
import { checkObis } from "../../core/names.ts";
import { Password } from "../../core/password.ts";
import type { Broker, Wifi } from "../../core/wire/reach.ts";
import type { Sensor } from "../../core/wire/sensors.ts";
import { readAuthorities } from "../authority/certificates.ts";
import type { BrokerLogin } from "../authority/new-broker.ts";
import type { MeterPlan } from "../authority/new-configuration.ts";

const PORTS: Readonly<Record<string, number>> = { "mqtt:": 1883, "mqtts:": 8883 };

/** A pulse input of `--pulses-per-kwh`; without a channel it is for the key file's first. */
export interface PulseRate {
  readonly obis: string | undefined;
  readonly pulsesPerKilowattHour: number;
}

/** What the command line gives. */
export interface PlanFlags {
  readonly meter: string;
  readonly role: MeterRole;
  readonly broker: string;
  readonly brokerPasswordFile?: string;
  /** What `choir authority broker` made for the meter; counts where the URL names no user. */
  readonly login?: BrokerLogin | undefined;
  readonly ca?: readonly string[];
  readonly wifiSsid?: string;
  readonly wifiPasswordFile?: string;
  readonly timeServer?: readonly string[];
  readonly pulsesPerKwh?: readonly PulseRate[];
  readonly debounceMicros: number;
  readonly clampMicroamperesPerCount?: number;
  readonly clampChannel?: string;
  readonly clampMillivolts: number;
  readonly clampNoiseMilliamperes: number;
  readonly clampPowerFactorPerMille: number;
  readonly clampSamplesPerSecond: number;
  readonly checkpointSeconds: number;
  readonly checkpointPulses: number;
  readonly pool: number;
  readonly outbox: number;
  readonly toleranceSeconds: number;
  readonly statusSeconds: number;
}

/**
 * The plan of a meter.
 * @param channels of the key file, OBIS codes
 * @param nowMs UTC, for certificates' ends
 * @throws ChoirError input_invalid, field_wrong, length_wrong.
 */
export function meterPlan(flags: PlanFlags, channels: readonly string[], nowMs: number): MeterPlan {
  return {
    meter: flags.meter,
    role: flags.role,
    metering: {
      checkpointMs: flags.checkpointSeconds * 1000,
      checkpointPulses: flags.checkpointPulses,
      poolTarget: flags.pool,
      outboxCapacity: flags.outbox,
      boundaryToleranceMs: flags.toleranceSeconds * 1000,
      statusMs: flags.statusSeconds * 1000,
    },
    broker: brokerOf(flags, nowMs),
    wifi: wifiOf(flags),
    timeServers: (flags.timeServer ?? []).map((host) => checkHostName(host, "--time-server")),
    sensors: sensorsOf(flags, channels),
  };
}

/** A meter's role. */
export function meterRole(text: string): MeterRole {
  const role = METER_ROLES.find((one) => one === text);
  if (role === undefined) throw wrong("--role", METER_ROLES.join(" or "), JSON.stringify(text));
  return role;
}

/** `1000`, or `1-0:1.8.0=1000,1-0:2.8.0=500`. */
export function pulseRates(text: string): readonly PulseRate[] {
  return text.split(",").map((one) => {
    const [rate = "", obis, ...rest] = one.split("=").reverse();
    const value = /^\d{1,7}$/.test(rate) ? Number(rate) : 0;
    if (rest.length > 0 || value < 1 || value > 1_000_000) {
      throw wrong("--pulses-per-kwh", "[OBIS=]N,... with N from 1 to 1000000", JSON.stringify(text));
    }
    return {
      obis: obis === undefined ? undefined : checkObis(obis, "--pulses-per-kwh"),
      pulsesPerKilowattHour: value,
    };
  });
}

function brokerOf({ broker, brokerPasswordFile, login, ca = [] }: PlanFlags, nowMs: number): Broker {
  const url = new URL(broker);
  const isSecure = url.protocol === "mqtts:";
  if (isSecure && ca.length === 0) throw wrong("--ca", "the broker's authority, for mqtts://", "none");
  if (!isSecure && ca.length > 0) throw wrong("--broker", "mqtts://, where there is a --ca", "mqtt://");
  const user = url.username === "" ? undefined : decoded(url.username);
  const inUrl = url.password === "" ? undefined : new Password(decoded(url.password));
  const told = { user, password: brokerPasswordFile === undefined ? inUrl : passwordIn(brokerPasswordFile) };
  return {
    host: checkHostName(url.hostname, "--broker"),
    port: url.port === "" ? (PORTS[url.protocol] ?? 0) : Number(url.port),
    authorities: isSecure ? readAuthorities(ca, nowMs) : undefined,
    ...(told.user === undefined && told.password === undefined && login !== undefined ? login : told),
  };
}

function wifiOf({ wifiSsid, wifiPasswordFile }: PlanFlags): Wifi | undefined {
  if (wifiSsid === undefined) {
    if (wifiPasswordFile !== undefined) throw wrong("--wifi-password-file", "--wifi-ssid beside it", "none");
    return undefined;
  }
  return { ssid: wifiSsid, password: wifiPasswordFile === undefined ? undefined : passwordIn(wifiPasswordFile) };
}

/** A part of the URL; what it is is not told, since it may be the password. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("--broker", "a user and a password in percent-encoding", "another encoding");
  }
}

/** The file's text without the line feed that editors put at its end. */
function passwordIn(file: string): Password {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ChoirError("input_invalid", file, "a file with a password", "no readable file", cause);
  }
  return new Password(text.replace(/\r?\n$/, ""));
}

/** Pulse inputs in the order of their channels on the command line, then the clamp. */
function sensorsOf(flags: PlanFlags, channels: readonly string[]): readonly Sensor[] {
  const first = channels[0] ?? "";
  const sensors: Sensor[] = (flags.pulsesPerKwh ?? []).map(({ obis, pulsesPerKilowattHour }, input) => ({
    kind: "pulse",
    obis: knownChannel(obis ?? first, channels, "--pulses-per-kwh"),
    input,
    pulsesPerKilowattHour,
    minHighMicros: flags.debounceMicros,
    minLowMicros: flags.debounceMicros,
  }));
  const { clampMicroamperesPerCount: microAmperesPerCount, clampChannel } = flags;
  if (microAmperesPerCount !== undefined) {
    const free = channels.find((channel) => !sensors.some(({ obis }) => obis === channel));
    sensors.push({
      kind: "clamp",
      obis: knownChannel(clampChannel ?? free ?? first, channels, "--clamp-channel"),
      input: 0,
      microAmperesPerCount,
      nominalMilliVolts: flags.clampMillivolts,
      noiseFloorMilliAmperes: flags.clampNoiseMilliamperes,
      powerFactorPerMille: flags.clampPowerFactorPerMille,
      samplesPerSecond: flags.clampSamplesPerSecond,
    });
  } else if (clampChannel !== undefined) {
    throw wrong("--clamp-channel", "--clamp-microamperes-per-count beside it", "none");
  }
  if (sensors.length === 0) {
    throw wrong("sensors", "--pulses-per-kwh or --clamp-microamperes-per-count", "neither");
  }
  if (new Set(sensors.map(({ obis }) => obis)).size !== sensors.length) {
    throw wrong("sensors", "one sensor for each channel", "two for one");
  }
  return sensors.sort((a, b) => (a.obis < b.obis ? -1 : 1));
}

function knownChannel(obis: string, channels: readonly string[], flag: string): string {
  if (!channels.includes(obis)) throw wrong(flag, `a channel of the key file: ${channels.join(", ")}`, obis);
  return obis;
}

function wrong(flag: string, expected: string, got: string): ChoirError {
  return new ChoirError("input_invalid", flag, expected, got);
}
