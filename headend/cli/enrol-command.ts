/** `choir enrol`: asks a machine for its public key, or is told it, and puts it into the plan of seats. */

import type { Command } from "commander";
import { toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { enrol, readPublicKey } from "../authority/enrol.ts";
import { deploymentKeyFile } from "../authority/new-roll.ts";
import { askIdentity } from "./board.ts";

interface EnrolFlags {
  readonly deployment: string;
  readonly seats: string;
  readonly feeders?: string;
  readonly seat?: string;
  readonly meter: string;
  readonly key?: string;
  readonly port?: string;
  readonly replace?: boolean;
}

/** Adds the command. */
export function addEnrol(program: Command): void {
  program
    .command("enrol")
    .description("Put a meter and its public key into the plan of seats; the next roll admits it.")
    .requiredOption("--deployment <dir>", "folder that `choir authority new` made")
    .requiredOption("--seats <file>", "CSV with seat,meter,key,block,groups")
    .option("--feeders <file>", "CSV with feeder,key,groups")
    .option("--seat <id>", "the home's seat; without it the meter is a feeder of --feeders")
    .requiredOption("--meter <id>", "the meter")
    .option("--key <hex>", "its public key, as it tells it")
    .option("--port <port>", "or ask the machine on /dev/ttyUSB0, or on tcp://HOST:PORT")
    .option("--replace", "let it take the place of the meter, or the key, that is there")
    .action(async (flags: EnrolFlags) => {
      const { seats, feeders, seat, meter, replace = false } = flags;
      // a wrong folder is told before anybody walks to a meter
      const { kMin } = deploymentKeyFile(flags.deployment);
      const key = await keyOf(flags);
      const place = { seatsFile: seats, feedersFile: feeders, seat };
      const { changed, block } = enrol(place, { meter, key, replace });
      process.stdout.write(`${meter} ${toHex(key)}: ${changed ? "enrolled" : "was enrolled already"}\n`);
      if (block !== undefined && block.meters < kMin) {
        process.stdout.write(`block ${block.name} has ${block.meters} meters of the ${kMin} that a roll needs\n`);
        return;
      }
      const feedersFlag = feeders === undefined ? "" : ` --feeders ${feeders}`;
      process.stdout.write(
        `next: choir authority roll --deployment ${flags.deployment} --seats ${seats}${feedersFlag} --broker URL, then choir provision\n`,
      );
    });
}

async function keyOf({ key, port }: EnrolFlags): Promise<Uint8Array> {
  if ((key === undefined) === (port === undefined)) {
    throw new ChoirError("input_invalid", "enrol", "--key or --port", key === undefined ? "neither" : "both");
  }
  return key === undefined ? askIdentity(port ?? "") : readPublicKey(key, "--key");
}
