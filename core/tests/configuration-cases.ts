/** Faults of a configuration's fields, each with the code that names it. */

import { concatBytes } from "../bytes.ts";
import type { ErrorCode } from "../errors.ts";
import type { CborValue } from "../wire/cbor.ts";
import { edit, fieldsOf, type RefusalCase } from "./edits.ts";

const NAME = "configuration";
const [VERSION, METER, ROLE, ROOT_KEY, KEY_FILE, ROLL, METERING, BROKER, WIFI, TIME_SERVERS, SENSORS] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
] as const;

/** The list in field `index` of the first configuration with one element changed. */
function within(index: number, at: number, value: CborValue): Uint8Array {
  const list = fieldsOf(NAME)[index];
  if (!Array.isArray(list)) throw new Error(`field ${index} is no list`);
  const changed: readonly CborValue[] = list.map((element: CborValue, i) => (i === at ? value : element));
  return edit(NAME, index, changed);
}

const refused = (code: ErrorCode, what: string, bytes: Uint8Array): RefusalCase => [NAME, code, what, bytes];

/** A certificate: a SEQUENCE with this head and so many bytes in all. */
const der = (length: number, ...head: readonly number[]): Uint8Array =>
  concatBytes(Uint8Array.from(head), new Uint8Array(length - head.length));
const SOUND = der(200, 0x30, 0x81, 197);

const pulse = (obis: string, input: CborValue, ...numbers: readonly CborValue[]): CborValue => [
  obis,
  "pulse",
  input,
  numbers,
];
const clamp = (...numbers: readonly CborValue[]): CborValue => ["1-0:1.8.0", "clamp", 0, numbers];
const sensors = (...list: readonly CborValue[]): Uint8Array => edit(NAME, SENSORS, list);

export const configurationCases: readonly RefusalCase[] = [
  refused("value_out_of_range", "a version below 0", edit(NAME, VERSION, -1)),
  refused("field_wrong", "a meter that is no id", edit(NAME, METER, "a/b")),
  refused("field_wrong", "a role that does not exist", edit(NAME, ROLE, "broker")),
  refused("length_wrong", "a root key of 31 bytes", edit(NAME, ROOT_KEY, new Uint8Array(31))),
  refused("field_wrong", "a key file as text", edit(NAME, KEY_FILE, "key")),
  refused("field_wrong", "no roll", edit(NAME, ROLL, null)),

  // metering
  refused("field_wrong", "metering of five numbers", edit(NAME, METERING, [1, 1, 1, 1, 1])),
  ...[0, 1, 2, 3, 4, 5].map((at) =>
    refused("value_out_of_range", `metering number ${at} of 0`, within(METERING, at, 0)),
  ),
  ...[86_400_001, 2 ** 53 - 1, 1_001, 10_001, 86_400_001, 86_400_001].flatMap((above, at) =>
    at === 1
      ? []
      : [refused("value_out_of_range", `metering number ${at} above its most`, within(METERING, at, above))],
  ),

  // the broker
  ...[
    "",
    ".",
    "broker.",
    "bro ker",
    "bröker",
    "-broker",
    "broker-",
    "a..b",
    "mqtt://broker",
    "broker:8883",
    "[::1]",
    "a".repeat(64),
    `${"a.".repeat(126)}ab`,
    "192.0.2",
    "192.0.2.256",
    "192.0.2.01",
    "192.0.2.1.1",
    "1",
    "broker.7",
  ].map((host) => refused("field_wrong", `the host ${JSON.stringify(host).slice(0, 30)}`, within(BROKER, 0, host))),
  refused("value_out_of_range", "port 0", within(BROKER, 1, 0)),
  refused("value_out_of_range", "port 65,536", within(BROKER, 1, 65_536)),
  refused("field_wrong", "a port as text", within(BROKER, 1, "8883")),
  refused("value_out_of_range", "TLS without an authority", within(BROKER, 2, [])),
  refused("value_out_of_range", "five authorities", within(BROKER, 2, [SOUND, SOUND, SOUND, SOUND, SOUND])),
  refused("field_wrong", "an authority as text", within(BROKER, 2, ["-----BEGIN CERTIFICATE-----"])),
  refused("length_wrong", "a certificate of 63 bytes", within(BROKER, 2, [der(63, 0x30, 61)])),
  refused("length_wrong", "a certificate of 4,097 bytes", within(BROKER, 2, [der(4_097, 0x30, 0x82, 0x0f, 0xfd)])),
  refused("field_wrong", "a certificate that is a SET", within(BROKER, 2, [der(200, 0x31, 0x81, 197)])),
  refused("field_wrong", "a certificate cut short", within(BROKER, 2, [SOUND.slice(0, -1)])),
  refused("field_wrong", "a byte behind a certificate", within(BROKER, 2, [der(201, 0x30, 0x81, 197)])),
  refused("field_wrong", "a certificate of indefinite length", within(BROKER, 2, [der(100, 0x30, 0x80)])),
  refused("field_wrong", "a length of one byte too many", within(BROKER, 2, [der(100, 0x30, 0x81, 97)])),
  refused("field_wrong", "a length of two bytes too many", within(BROKER, 2, [der(100, 0x30, 0x82, 0, 96)])),
  refused("field_wrong", "a length of three bytes", within(BROKER, 2, [der(100, 0x30, 0x83, 0, 0, 95)])),
  refused("length_wrong", "a user without a name", within(BROKER, 3, "")),
  refused("length_wrong", "a user of 257 bytes", within(BROKER, 3, `${"ü".repeat(128)}x`)),
  refused("field_wrong", "a user with a line feed", within(BROKER, 3, "meter\n")),
  refused("length_wrong", "a broker's password of no bytes", within(BROKER, 4, "")),
  refused("field_wrong", "a broker's password with a DEL", within(BROKER, 4, "pass\x7f")),
  refused("field_wrong", "a password without a user", within(BROKER, 3, null)),

  // the radio
  refused("field_wrong", "a network of one field", edit(NAME, WIFI, ["home"])),
  refused("length_wrong", "a network without a name", within(WIFI, 0, "")),
  refused("length_wrong", "a network's name of 33 bytes", within(WIFI, 0, `${"ü".repeat(16)}x`)),
  refused("field_wrong", "a network's name with a NUL", within(WIFI, 0, "home\0")),
  refused("length_wrong", "a passphrase of 7 characters", within(WIFI, 1, "1234567")),
  refused("length_wrong", "a passphrase of 64 characters", within(WIFI, 1, "1".repeat(64))),
  refused("field_wrong", "a passphrase beyond ASCII", within(WIFI, 1, "correct hörse")),
  refused("field_wrong", "a passphrase as bytes", within(WIFI, 1, new Uint8Array(8))),

  // time servers
  refused("field_wrong", "a time server that is a URL", edit(NAME, TIME_SERVERS, ["ntp://time.example"])),
  refused("value_out_of_range", "five time servers", edit(NAME, TIME_SERVERS, ["a", "b", "c", "d", "e"])),

  // sensors
  refused("value_out_of_range", "no sensor", sensors()),
  refused(
    "value_out_of_range",
    "nine sensors",
    sensors(...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => pulse(`1-0:${i}.8.0`, i, 1000, 1, 1))),
  ),
  refused("field_wrong", "a sensor without an OBIS code", sensors(pulse("energy", 0, 1000, 1, 1))),
  refused("field_wrong", "a kind that does not exist", sensors(["1-0:1.8.0", "optical", 0, [1000, 1, 1]])),
  refused("field_wrong", "a sensor of three fields", sensors(["1-0:1.8.0", "pulse", 0])),
  refused("value_out_of_range", "input 16", sensors(pulse("1-0:1.8.0", 16, 1000, 1, 1))),
  refused(
    "field_wrong",
    "sensors out of order",
    sensors(pulse("1-0:2.8.0", 1, 1000, 1, 1), pulse("1-0:1.8.0", 0, 1000, 1, 1)),
  ),
  refused(
    "field_wrong",
    "a channel twice",
    sensors(pulse("1-0:1.8.0", 0, 1000, 1, 1), pulse("1-0:1.8.0", 1, 1000, 1, 1)),
  ),
  refused(
    "field_wrong",
    "two channels on one input",
    sensors(pulse("1-0:1.8.0", 0, 1000, 1, 1), pulse("1-0:2.8.0", 0, 1000, 1, 1)),
  ),
  refused("field_wrong", "a pulse input of two numbers", sensors(pulse("1-0:1.8.0", 0, 1000, 1))),
  refused("value_out_of_range", "0 pulses per kWh", sensors(pulse("1-0:1.8.0", 0, 0, 1, 1))),
  refused("value_out_of_range", "1,000,001 pulses per kWh", sensors(pulse("1-0:1.8.0", 0, 1_000_001, 1, 1))),
  refused("value_out_of_range", "a least high of 0", sensors(pulse("1-0:1.8.0", 0, 1000, 0, 1))),
  refused("value_out_of_range", "a least low above 10 s", sensors(pulse("1-0:1.8.0", 0, 1000, 1, 10_000_001))),
  refused("field_wrong", "a clamp of four numbers", sensors(clamp(1, 1_000, 0, 1))),
  refused("value_out_of_range", "0 uA per count", sensors(clamp(0, 230_000, 0, 1_000, 4_000))),
  refused("value_out_of_range", "more than 10 A per count", sensors(clamp(10_000_001, 230_000, 0, 1_000, 4_000))),
  refused("value_out_of_range", "999 mV", sensors(clamp(1, 999, 0, 1_000, 4_000))),
  refused("value_out_of_range", "more than 1 kV", sensors(clamp(1, 1_000_001, 0, 1_000, 4_000))),
  refused("value_out_of_range", "a noise floor above 100 A", sensors(clamp(1, 230_000, 100_001, 1_000, 4_000))),
  refused("value_out_of_range", "a power factor of 0", sensors(clamp(1, 230_000, 0, 0, 4_000))),
  refused("value_out_of_range", "a power factor above 1", sensors(clamp(1, 230_000, 0, 1_001, 4_000))),
  refused("value_out_of_range", "99 samples a second", sensors(clamp(1, 230_000, 0, 1_000, 99))),
  refused("value_out_of_range", "100,001 samples a second", sensors(clamp(1, 230_000, 0, 1_000, 100_001))),
];
