/** The configuration: all that one meter is provisioned with, signed by the offline root (docs/PROTOCOL.md, Configuration). */

import { equalBytes } from "../bytes.ts";
import { ChoirError } from "../errors.ts";
import { checkHostName } from "../host-name.ts";
import { METER_ROLES, type MeterRole } from "../meter-words.ts";
import type { Signer, Verify } from "../ports.ts";
import { encodeCbor, Fields, viewCbor } from "./cbor.ts";
import { checkSignature, parseEnvelope, sealEnvelope } from "./envelope.ts";
import { type Metering, meteringFields, readMetering } from "./metering.ts";
import { type Broker, brokerToCbor, readBroker, readWifi, type Wifi, wifiToCbor } from "./reach.ts";
import { readSensors, type Sensor, sensorToCbor } from "./sensors.ts";

/** The largest configuration, its envelope included. */
export const MOST_CONFIGURATION_BYTES = 65_536;
const MOST_TIME_SERVERS = 4;

/** What one meter is provisioned with. */
export interface Configuration {
  /** Higher than that of any earlier configuration of this meter. */
  readonly version: number;
  readonly meter: string;
  readonly role: MeterRole;
  /** The key that signs this configuration, both files within, and all that come after. */
  readonly rootKey: Uint8Array;
  /** The two signed files, as envelopes; who reads the configuration opens them. */
  readonly keyFile: Uint8Array;
  readonly roll: Uint8Array;
  readonly metering: Metering;
  readonly broker: Broker;
  /** None for a meter on a wire. */
  readonly wifi: Wifi | undefined;
  /** Host names, 0 to 4; none: the machine's own choice. */
  readonly timeServers: readonly string[];
  /** Ascending by channel. */
  readonly sensors: readonly Sensor[];
}

/** The signed configuration. @throws ChoirError as `openConfiguration`, for what no meter would take. */
export function signConfiguration(configuration: Configuration, root: Signer): Uint8Array {
  const payload = encodeConfiguration(configuration);
  decodeConfiguration(payload);
  return checkSize(sealEnvelope("configuration", payload, root));
}

/**
 * Reads a configuration.
 * @param rootKey the root key that a meter has pinned; undefined for one that has none, which takes the key that the configuration names
 * @throws ChoirError length_wrong for one that is too large, signature_wrong, field_wrong for another root key than the pinned one, and every decoder's codes.
 */
export function openConfiguration(bytes: Uint8Array, rootKey: Uint8Array | undefined, verify: Verify): Configuration {
  const envelope = parseEnvelope("configuration", checkSize(bytes));
  // nothing of a configuration by another root is looked at
  if (rootKey !== undefined) checkSignature(envelope, rootKey, verify, "configuration");
  const configuration = decodeConfiguration(envelope.payload);
  if (rootKey === undefined) checkSignature(envelope, configuration.rootKey, verify, "configuration");
  else if (!equalBytes(configuration.rootKey, rootKey)) {
    throw new ChoirError("field_wrong", "configuration.root key", "the pinned root key", "another");
  }
  return configuration;
}

/** The payload of a configuration. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const { metering, broker, wifi } = configuration;
  return encodeCbor([
    configuration.version,
    configuration.meter,
    configuration.role,
    configuration.rootKey,
    configuration.keyFile,
    configuration.roll,
    meteringFields(metering),
    brokerToCbor(broker),
    wifi === undefined ? null : wifiToCbor(wifi),
    configuration.timeServers,
    configuration.sensors.map(sensorToCbor),
  ]);
}

/** Reads the payload of a configuration; the two files in it are views of the payload. @throws ChoirError cbor_malformed, bytes_left_over, field_wrong, length_wrong, value_out_of_range. */
export function decodeConfiguration(payload: Uint8Array): Configuration {
  const name = "configuration";
  const fields = new Fields(viewCbor(payload, name), name, 11);
  const timeServers = fields.list(9, "time servers", (value, label) =>
    checkHostName(new Fields([value], label, 1).text(0, "host"), label),
  );
  if (timeServers.length > MOST_TIME_SERVERS) {
    const got = `${timeServers.length}`;
    throw new ChoirError("value_out_of_range", `${name}.time servers`, `at most ${MOST_TIME_SERVERS}`, got);
  }
  return {
    version: fields.uint(0, "version"),
    meter: fields.id(1, "meter"),
    role: fields.oneOf(2, "role", METER_ROLES),
    rootKey: fields.bytes(3, "root key", 32).slice(),
    keyFile: fields.bytes(4, "key file"),
    roll: fields.bytes(5, "roll"),
    metering: readMetering(fields.fields(6, "metering", 6), 0),
    broker: readBroker(fields.fields(7, "broker", 5), `${name}.broker`),
    wifi: fields.isNull(8) ? undefined : readWifi(fields.fields(8, "wifi", 2), `${name}.wifi`),
    timeServers,
    sensors: readSensors(fields, 10, `${name}.sensors`),
  };
}

function checkSize(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MOST_CONFIGURATION_BYTES) {
    const most = `at most ${MOST_CONFIGURATION_BYTES} bytes`;
    throw new ChoirError("length_wrong", "configuration", most, `${bytes.length}`);
  }
  return bytes;
}
