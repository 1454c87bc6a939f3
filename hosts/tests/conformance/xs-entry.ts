/** The suite's program in the XS engine: the host's own ports with the suite on them instead of a meter. */

import { nobleDigest } from "../../../core/noble.ts";
import { type Table, tableInMemory } from "../../../core/paillier/comb.ts";
import { type CborValue, decodeCbor, encodeCbor, Fields } from "../../../core/wire/cbor.ts";
import { exactBuffer } from "../../xs/worker/bridge.ts";
import { channelsOf, type Doorbell, xsHost } from "../../xs/worker/ports.ts";
import { runConformance } from "./suite.ts";
import { askOver, worldOver } from "./world-by-wire.ts";
import { RIG_TOPICS } from "./xs-topics.ts";

let table: Table | undefined;
let doorbell: Doorbell | undefined;

/** Obeys what the Node side of the host says to a meter's engine (hosts/xs/worker/main.ts); `start` starts the suite. */
function obey(command: Fields): CborValue {
  switch (command.text(0, "name")) {
    case "table":
      table = tableInMemory(command.bytes(1, "table").slice(), command.uint(2, "residue bytes"), nobleDigest);
      return null;
    case "start": {
      const machine = xsHost(table, channelsOf(command));
      doorbell = machine.doorbell;
      const { uplink } = machine.host;
      const ask = askOver({
        // a rejection nobody handles fails the command that it happens in, and so the run
        send: (question) => void uplink.publish(RIG_TOPICS.question, question),
        onAnswer: (receive) => uplink.subscribe(RIG_TOPICS.answer, (_topic, answer) => receive(answer)),
      });
      void runConformance(machine.host, worldOver(ask));
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
    default:
      throw new RangeError("a command that no suite needs");
  }
}

const handleCommand = (bytes: ArrayBuffer): ArrayBuffer => {
  const command = decodeCbor(new Uint8Array(bytes), "command");
  const length = Array.isArray(command) ? command.length : 0;
  return exactBuffer(encodeCbor([obey(new Fields(command, "command", length))]));
};
Object.assign(globalThis, { handleCommand });
