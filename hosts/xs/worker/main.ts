/** The program in the engine: builds the ports and starts the meter; everything after that is a command from the machine outside. */

import { ChoirError } from "../../../core/errors.ts";
import { nobleDigest } from "../../../core/noble.ts";
import { type Table, tableInMemory } from "../../../core/paillier/comb.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields } from "../../../core/wire/cbor.ts";
import { encodeStatus } from "../../../core/wire/status.ts";
import { identityOf } from "../../../firmware/identity.ts";
import { type Meter, startMeter } from "../../../firmware/meter.ts";
import { decodeSettings } from "../../../firmware/settings.ts";
import { exactBuffer } from "./bridge.ts";
import { channelsOf, type Doorbell, NO_CHANNELS, xsHost } from "./ports.ts";

/** The table is loaded, and hashed, before the snapshot that all meters start from: it is public, and the hash costs 0.3 s here. */
let table: Table | undefined;
let meter: Meter | undefined;
let doorbell: Doorbell | undefined;

/** Obeys one command, an array [name, ...arguments], and returns what the machine outside is told. */
function obey(command: Fields): CborValue {
  const name = command.text(0, "name");
  switch (name) {
    case "table":
      table = tableInMemory(command.bytes(1, "table").slice(), command.uint(2, "residue bytes"), nobleDigest);
      return null;
    case "identity":
      return identityOf(xsHost(table, NO_CHANNELS).host).publicKey;
    case "start": {
      const machine = xsHost(table, channelsOf(command));
      doorbell = machine.doorbell;
      meter = startMeter(machine.host, decodeSettings(command.bytes(1, "settings").slice()));
      return null;
    }
    case "fire":
      doorbell?.fire(command.uint(1, "timer"));
      return null;
    case "idle":
      return doorbell?.idle(command.uint(1, "task")) ?? false;
    case "settled":
      doorbell?.settled(command.uint(1, "publish"), command.flag(2, "acknowledged"));
      return null;
    case "message":
      doorbell?.message(command.text(1, "topic"), command.bytes(2, "payload"));
      return null;
    case "link":
      doorbell?.link(command.flag(1, "up"));
      return null;
    case "diagnostics":
      if (meter === undefined) throw new ChoirError("engine_failed", "diagnostics", "a running meter", "none");
      return encodeStatus({ meter: "self", state: "online", diagnostics: meter.diagnostics() });
    default:
      throw new ChoirError("engine_failed", "command", "one that this engine knows", name);
  }
}

globalThis.handleCommand = (bytes) => {
  const command = decodeCbor(new Uint8Array(bytes), "command");
  const length = Array.isArray(command) ? command.length : 0;
  return exactBuffer(encodeCbor([obey(new Fields(command, "command", length))]));
};
