/** `choir authority new`, `roll` and `broker`: the key ceremony of a deployment, who sits where, and what the broker lets each party do. */

import { type Command, Option } from "commander";
import { ChoirError } from "../../core/errors.ts";
import { intervalAt } from "../../core/interval.ts";
import { MODULUS_BITS } from "../../core/paillier/public-key.ts";
import { generateSafePrimes } from "../../core/secret/safe-primes.ts";
import { MOST_HOLDERS, trusteesNeeded } from "../../core/wire/sharing.ts";
import { parseInstant } from "../../sim/time.ts";
import { readConfigFile, writeConfigFile } from "../authority/config-file.ts";
import { deploymentFile } from "../authority/deployment.ts";
import { newBroker } from "../authority/new-broker.ts";
import { type NewDeployment, newDeployment } from "../authority/new-deployment.ts";
import { deploymentKeyFile, newRoll } from "../authority/new-roll.ts";
import { checkOthers, readOthers, withSilentHomes } from "../authority/others-file.ts";
import { readPlan } from "../authority/plan-file.ts";
import { Predecessor } from "../authority/predecessor.ts";
import { newSharedDeployment } from "../authority/shared-deployment.ts";
import type { TrusteeIdentity } from "../authority/trustee.ts";
import { absoluteFolder, brokerUrl, channelsOption, keyBits, trusteeList, wholeNumber } from "./arguments.ts";
import { toldSearch } from "./told-search.ts";

const MS_PER_DAY = 86_400_000;
const PRODUCT_K_MIN = 20;
const QUARTER_HOUR_SECONDS = 900;
const USUAL_LARGEST_GROUP = 1000;
/** A key lives a year at most. */
const MOST_DAYS = 366;

interface NewFlags {
  readonly out: string;
  readonly successorOf?: string;
  readonly broker: string;
  readonly keyBits: number;
  readonly interval: number;
  readonly channels: readonly string[];
  readonly largestGroup: number;
  readonly kMin: number;
  readonly from?: string;
  readonly days: number;
  readonly demonstration?: boolean;
  readonly custody: "provider" | "shared";
  readonly trustee?: readonly TrusteeIdentity[];
  readonly threshold?: number;
  readonly providerShare: boolean;
  readonly providerWithOneTrustee?: boolean;
}

interface RollFlags {
  readonly deployment: string;
  readonly seats: string;
  readonly feeders?: string;
  readonly others?: string;
  readonly broker: string;
  readonly from?: string;
}

interface BrokerFlags {
  readonly deployment: string;
  readonly ca: readonly string[];
  readonly folder: string;
  readonly stateFolder: string;
}

/** Adds the commands. */
export function addAuthority(program: Command): void {
  const authority = program.command("authority").description("Keys and rolls, on a machine without a network.");
  authority
    .command("new")
    .description("Make a deployment's root key, or keep another's, a Paillier key and a signed key file.")
    .requiredOption("--out <dir>", "folder for the deployment")
    .requiredOption("--broker <url>", "the broker of all its parties", brokerUrl)
    .option("--key-bits <bits>", "bits of the modulus: 2048 or 3072", keyBits, MODULUS_BITS.preferred)
    .option(
      "--interval <seconds>",
      "length of an interval",
      wholeNumber("--interval", 60, 86_400),
      QUARTER_HOUR_SECONDS,
    )
    .addOption(channelsOption())
    .option(
      "--largest-group <n>",
      "meters of the largest group to come",
      wholeNumber("--largest-group", 1, 2 ** 20),
      USUAL_LARGEST_GROUP,
    )
    .option("--k-min <k>", "meters of the smallest block to come", wholeNumber("--k-min", 1, 2 ** 20), PRODUCT_K_MIN)
    .option("--from <time>", "first instant of the key, RFC 3339 (now; with --successor-of the end of the key before)")
    .option("--successor-of <dir>", "folder of the deployment, with its root.pem, whose key this one follows")
    .option("--days <n>", "how long the key lives", wholeNumber("--days", 1, MOST_DAYS), MOST_DAYS - 1)
    .option("--demonstration", "allow a k_min below the product's, for tests and demonstrations")
    .addOption(
      new Option("--custody <custody>", "who holds the secret key: the provider the whole, or nobody")
        .choices(["provider", "shared"])
        .default("provider"),
    )
    .option(
      "--trustee <file:fingerprint>",
      "a trustee's identity.json and the fingerprint it told you; repeat",
      trusteeList,
    )
    .option(
      "--threshold <t>",
      "shares that an opening needs (all but one)",
      wholeNumber("--threshold", 2, MOST_HOLDERS),
    )
    .option("--no-provider-share", "give all shares to trustees, none to the provider")
    .option("--provider-with-one-trustee", "allow a threshold with which the provider and one trustee read homes")
    .action(async (flags: NewFlags) => {
      const successorOf = flags.successorOf === undefined ? undefined : new Predecessor(flags.successorOf);
      const firstUtcMs =
        flags.from === undefined ? (successorOf?.endUtcMs ?? Date.now()) : parseInstant(flags.from, "--from").utcMs;
      const options: NewDeployment = {
        ...(successorOf && { successorOf }),
        keyBits: flags.keyBits,
        intervalMs: flags.interval * 1000,
        channels: flags.channels,
        largestGroup: flags.largestGroup,
        kMin: flags.kMin,
        firstUtcMs,
        lastUtcMs: firstUtcMs + flags.days * MS_PER_DAY - 1,
        broker: flags.broker,
        demonstration: flags.demonstration ?? false,
      };
      const custody = flags.custody === "shared" ? await holdCeremony(flags, options) : holdWholeKey(flags, options);
      process.stdout.write(
        `${flags.out}: root.pem stays offline; root.pub is pinned in every meter; key.cose and table.bin go to the meters; provider/ goes to the provider.\n${custody}\n` +
          "next: choir plan and choir enrol, for the seats of choir authority roll\n",
      );
    });
  authority
    .command("roll")
    .description("Sign the next roll: who sits where, in which block, and which groups there are.")
    .requiredOption("--deployment <dir>", "folder that `choir authority new` made")
    .requiredOption("--seats <file>", "CSV with seat,meter,key,block,groups; groups separated by spaces")
    .option("--feeders <file>", "CSV with feeder,key,groups")
    .option(
      "--others <file>",
      "CSV with seat,feeder,kind,meter,key: all points behind these feeders that are in no block",
    )
    .requiredOption("--broker <url>", "the broker, for the configs of new groups' aggregators", brokerUrl)
    .option("--from <time>", "first instant that the roll is in force, RFC 3339 (now)")
    .action((flags: RollFlags) => {
      const { intervalMs, kMin, sharing } = deploymentKeyFile(flags.deployment);
      const fromUtcMs = flags.from === undefined ? Date.now() : parseInstant(flags.from, "--from").utcMs;
      const plan = readPlan(flags.seats, flags.feeders, intervalAt(fromUtcMs, intervalMs));
      const others = flags.others === undefined ? undefined : readOthers(flags.others);
      if (others !== undefined) checkOthers(others, plan, kMin);
      const providerConfig = deploymentFile(flags.deployment, "providerConfig");
      const told = others && withSilentHomes(readConfigFile(providerConfig), others, plan);
      newRoll(flags.deployment, plan, flags.broker);
      if (told !== undefined) writeConfigFile(providerConfig, told);
      process.stdout.write(
        `${flags.deployment}/roll.cose: ${plan.groups.length} groups, ${plan.blocks.length} blocks; aggregators/<group>/ goes to each group's aggregator.\n`,
      );
      if (sharing !== undefined) {
        process.stdout.write(`It counts once ${trusteesNeeded(sharing)} trustees have countersigned it.\n`);
      }
      const first = sharing === undefined ? "" : "choir trustee countersign, then ";
      process.stdout.write(`next: ${first}choir authority broker --deployment ${flags.deployment}\n`);
    });
  authority
    .command("broker")
    .description("Make Mosquitto's configuration, access list and password hashes, and a password for each party.")
    .requiredOption("--deployment <dir>", "folder that `choir authority new` made, with its roll")
    .requiredOption("--ca <file...>", "PEM or DER of the authorities that vouch for the broker")
    .option(
      "--folder <dir>",
      "where the files will lie on the broker's machine",
      absoluteFolder("--folder"),
      "/etc/mosquitto/choir",
    )
    .option(
      "--state-folder <dir>",
      "where it keeps sessions and messages",
      absoluteFolder("--state-folder"),
      "/var/lib/mosquitto",
    )
    .action(({ deployment, ca, folder, stateFolder }: BrokerFlags) => {
      const plan = { authorities: ca, nowMs: Date.now(), folder, stateFolder };
      const { parties, users } = newBroker(deployment, plan);
      process.stdout.write(
        `${deployment}/broker: ${parties} parties, ${users} users; goes to ${folder} on the broker's machine, beside broker.crt and broker.key.\n` +
          "Each party's password lies in its folder; `choir provision` takes a meter's from meters/.\n" +
          "next: start the broker and the head end's processes, then choir provision for each meter\n",
      );
    });
}

/** Makes the deployment; returns what to say of its custody. */
function holdWholeKey(flags: NewFlags, options: NewDeployment): string {
  if (flags.trustee !== undefined || flags.threshold !== undefined || !flags.providerShare) {
    throw new ChoirError("input_invalid", "--custody", "shared, for trustees and a threshold", flags.custody);
  }
  newDeployment(flags.out, options);
  return "custody: provider. The provider holds the whole key: together with an aggregator or the broker it can read homes.";
}

/** Likewise for a key that nobody holds, with the search for its primes told on stderr. */
async function holdCeremony(flags: NewFlags, options: NewDeployment): Promise<string> {
  const { trustee: trustees = [], providerShare: providerHolds } = flags;
  const holders = trustees.length + (providerHolds ? 1 : 0);
  const { threshold = Math.max(2, holders - 1), providerWithOneTrustee = false } = flags;
  const ceremony = { trustees, threshold, providerHolds, providerWithOneTrustee, atUtcMs: Date.now() };
  const search = (bits: number) => toldSearch((found) => generateSafePrimes(bits, found), process.stderr);
  await newSharedDeployment(flags.out, options, ceremony, search);
  const weak =
    threshold === 2 && providerHolds ? " The provider and one trustee together can read homes, as you allowed." : "";
  return (
    `custody: shared. ${threshold} of ${holders} shares open a sum; nobody holds the key.${weak}\n` +
    `trustees/<id>/ goes to each trustee, who checks and countersigns it: ${providerHolds ? threshold - 1 : threshold} must, before key.cose counts.\n` +
    "transcript.jsonl tells what was done, in public facts and hashes. Compare root.pub with everyone it goes to."
  );
}
