/** What measures a meter's channels: pulse inputs and current clamps, with their calibration in whole units (docs/PROTOCOL.md, Configuration). */

import { ChoirError } from "../errors.ts";
import { checkObis } from "../names.ts";
import { type CborValue, checkAscending, Fields } from "./cbor.ts";

/** An S0 output or a blinking light. */
export interface PulseSensor {
  readonly kind: "pulse";
  /** The channel that it measures. */
  readonly obis: string;
  /** Which of the machine's pulse inputs, from 0. */
  readonly input: number;
  /** 1 to 1,000,000. */
  readonly pulsesPerKilowattHour: number;
  /** Least lengths of the filter's levels, 1 to 10,000,000. */
  readonly minHighMicros: number;
  readonly minLowMicros: number;
}

/**
 * Constants of one current clamp. It sees the size of a current and nothing else: voltage and power factor are taken as constant, and
 * power that flows back counts as power that is used.
 */
export interface ClampConstants {
  /** Current in the conductor for one step of the converter: 1 to 10,000,000. */
  readonly microAmperesPerCount: number;
  /** RMS voltage that power is reckoned with: 1,000 to 1,000,000. */
  readonly nominalMilliVolts: number;
  /** RMS that the clamp shows without a load, taken off in quadrature; what is left below it counts as none. 0 to 100,000. */
  readonly noiseFloorMilliAmperes: number;
  /** Active power for 1,000 of apparent power: 1 to 1,000. */
  readonly powerFactorPerMille: number;
}

/** A current clamp on an analog input. */
export interface ClampSensor extends ClampConstants {
  readonly kind: "clamp";
  readonly obis: string;
  /** Which of the machine's analog inputs, from 0. */
  readonly input: number;
  /** 100 to 100,000. */
  readonly samplesPerSecond: number;
}

export type Sensor = PulseSensor | ClampSensor;

const MOST_SENSORS = 8;
const MOST_INPUT = 15;
const KINDS = ["pulse", "clamp"] as const;

export function sensorToCbor(sensor: Sensor): CborValue {
  const { kind, obis, input } = sensor;
  if (sensor.kind === "pulse") {
    return [obis, kind, input, [sensor.pulsesPerKilowattHour, sensor.minHighMicros, sensor.minLowMicros]];
  }
  return [obis, kind, input, [...clampFields(sensor), sensor.samplesPerSecond]];
}

/** The constants in their order on the wire. */
export function clampFields(clamp: ClampConstants): readonly number[] {
  const { microAmperesPerCount, nominalMilliVolts, noiseFloorMilliAmperes, powerFactorPerMille } = clamp;
  return [microAmperesPerCount, nominalMilliVolts, noiseFloorMilliAmperes, powerFactorPerMille];
}

/** Reads them from index `first` on. @throws ChoirError field_wrong, value_out_of_range. */
export function readClampConstants(fields: Fields, first: number): ClampConstants {
  return {
    microAmperesPerCount: fields.between(first, "uA per count", 1, 10_000_000),
    nominalMilliVolts: fields.between(first + 1, "nominal mV", 1_000, 1_000_000),
    noiseFloorMilliAmperes: fields.uint(first + 2, "noise floor mA", 100_000),
    powerFactorPerMille: fields.between(first + 3, "power factor per mille", 1, 1_000),
  };
}

/**
 * Reads the list in field `index`: 1 to 8 sensors, ascending by their channels, each on an input of its own.
 * @throws ChoirError field_wrong, value_out_of_range.
 */
export function readSensors(fields: Fields, index: number, name: string): readonly Sensor[] {
  const sensors = fields.list(index, name, readSensor);
  if (sensors.length < 1 || sensors.length > MOST_SENSORS) {
    throw new ChoirError("value_out_of_range", name, `1 to ${MOST_SENSORS} sensors`, `${sensors.length}`);
  }
  checkAscending(
    sensors.map(({ obis }) => obis),
    name,
  );
  const inputs = new Set(sensors.map(({ kind, input }) => `${kind} ${input}`));
  if (inputs.size !== sensors.length) throw new ChoirError("field_wrong", name, "each input once", "one for two");
  return sensors;
}

function readSensor(value: CborValue, name: string): Sensor {
  const one = new Fields(value, name, 4);
  const obis = checkObis(one.text(0, "obis"), `${name}.obis`);
  const kind = one.oneOf(1, "kind", KINDS);
  const input = one.uint(2, "input", MOST_INPUT);
  if (kind === "pulse") {
    const pulse = one.fields(3, "pulse", 3);
    return {
      kind,
      obis,
      input,
      pulsesPerKilowattHour: pulse.between(0, "pulses per kWh", 1, 1_000_000),
      minHighMicros: pulse.between(1, "least high us", 1, 10_000_000),
      minLowMicros: pulse.between(2, "least low us", 1, 10_000_000),
    };
  }
  const clamp = one.fields(3, "clamp", 5);
  return {
    kind,
    obis,
    input,
    ...readClampConstants(clamp, 0),
    samplesPerSecond: clamp.between(4, "samples per second", 100, 100_000),
  };
}
