/** `choir provision`: makes the signed configuration of one meter, and hands it over; or hands over one that was made before. */

import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { ChoirError } from "../../core/errors.ts";
import { readDeploymentFile, writeWhole } from "../authority/deployment.ts";
import { madeAuthorities, meterLogin } from "../authority/new-broker.ts";
import { newConfiguration, readConfiguration, type SignedConfiguration } from "../authority/new-configuration.ts";
import { deploymentKeyFile } from "../authority/new-roll.ts";
import { brokerUrl, wholeNumber } from "./arguments.ts";
import { handOver } from "./board.ts";
import { meterPlan, meterRole, type PlanFlags, pulseRates } from "./meter-plan.ts";

const MOST_SECONDS = 86_400;

interface ProvisionFlags extends Omit<PlanFlags, "meter" | "role" | "broker"> {
  readonly deployment?: string;
  readonly meter?: string;
  readonly role?: PlanFlags["role"];
  readonly broker?: string;
  readonly out?: string;
  readonly send?: string;
  readonly table?: string;
  readonly port?: string;
}

/** Adds the command. */
export function addProvision(program: Command): void {
  const seconds = (flag: string): ((text: string) => number) => wholeNumber(flag, 1, MOST_SECONDS);
  program
    .command("provision")
    .description("Make the signed configuration of one meter, or take one made before, and hand it to the meter.")
    .option("--deployment <dir>", "folder that `choir authority new` made, with its root key and a roll")
    .option("--meter <id>", "the meter, as the roll lists it")
    .option("--role <role>", "home or feeder", meterRole)
    .option("--broker <url>", "mqtts://[USER[:PASSWORD]@]HOST[:PORT], or mqtt:// without TLS", brokerUrl)
    .option(
      "--broker-password-file <file>",
      "the broker's password, where it is neither in the URL nor made by `choir authority broker`",
    )
    .option(
      "--ca <file...>",
      "PEM or DER of the authorities that vouch for the broker; those of `choir authority broker` unless told",
    )
    .option("--wifi-ssid <name>", "radio network; none for a meter on a wire")
    .option("--wifi-password-file <file>", "its password; none for an open network")
    .option("--time-server <host...>", "servers of the time, 4 at most; the meter's own choice unless told")
    .option(
      "--pulses-per-kwh <[obis=]n,...>",
      "pulse inputs, in order; of the key file's first channel unless told",
      pulseRates,
    )
    .option(
      "--debounce-micros <us>",
      "least length of a pulse and of a pause",
      wholeNumber("--debounce-micros", 1, 10_000_000),
      10_000,
    )
    .option(
      "--clamp-microamperes-per-count <n>",
      "a current clamp: what one step of its converter stands for",
      wholeNumber("--clamp-microamperes-per-count", 1, 10_000_000),
    )
    .option("--clamp-channel <obis>", "its channel; the first that has no pulse input unless told")
    .option("--clamp-millivolts <mv>", "nominal voltage", wholeNumber("--clamp-millivolts", 1_000, 1_000_000), 230_000)
    .option(
      "--clamp-noise-milliamperes <ma>",
      "what it shows without a load",
      wholeNumber("--clamp-noise-milliamperes", 0, 100_000),
      0,
    )
    .option(
      "--clamp-power-factor-per-mille <n>",
      "active for 1000 of apparent power",
      wholeNumber("--clamp-power-factor-per-mille", 1, 1_000),
      1_000,
    )
    .option(
      "--clamp-samples-per-second <n>",
      "of the converter",
      wholeNumber("--clamp-samples-per-second", 100, 100_000),
      4_000,
    )
    .option("--checkpoint-seconds <s>", "most that a power cut loses", seconds("--checkpoint-seconds"), 60)
    .option(
      "--checkpoint-pulses <n>",
      "or so many pulses, if they come sooner",
      wholeNumber("--checkpoint-pulses", 1, 2 ** 40),
      100,
    )
    .option("--pool <n>", "sealings kept ready", wholeNumber("--pool", 1, 1_000), 2)
    .option("--outbox <n>", "readings kept until they are counted", wholeNumber("--outbox", 1, 10_000), 672)
    .option("--tolerance-seconds <s>", "how late a boundary may be seen", seconds("--tolerance-seconds"), 5)
    .option("--status-seconds <s>", "how often it says how it is", seconds("--status-seconds"), 900)
    .option("--out <file>", "write the configuration here; it holds passwords")
    .option("--send <file>", "hand over this configuration, made before with --out, instead of making one")
    .option("--table <file>", "comb table of a home (table.bin of the deployment)")
    .option("--port <port>", "hand it to the meter on /dev/ttyUSB0, or on tcp://HOST:PORT")
    .action(async (flags: ProvisionFlags) => {
      const configuration = flags.send === undefined ? make(flags) : readMade(flags.send, flags);
      if (flags.out !== undefined) writeWhole(flags.out, configuration.bytes, true);
      const { meter, version, bytes } = configuration;
      process.stdout.write(`${meter}: configuration ${version}, ${bytes.length} bytes\n`);
      if (flags.port === undefined) return;
      await handOver(flags.port, configuration, configuration.role === "home" ? tableOf(flags) : undefined);
    });
}

function make(flags: ProvisionFlags): SignedConfiguration {
  const { deployment, meter, role, broker } = flags;
  if (deployment === undefined) throw missing("--deployment");
  if (meter === undefined) throw missing("--meter");
  if (role === undefined) throw missing("--role");
  if (broker === undefined) throw missing("--broker");
  if (flags.out === undefined && flags.port === undefined) throw missing("--out or --port");
  if (broker.startsWith("mqtt:")) {
    process.stderr.write("--broker without TLS: whoever listens sees when the meter speaks, and its password\n");
  }
  const channels = deploymentKeyFile(deployment).channels.map(({ obis }) => obis);
  const { ca = madeAuthorities(deployment, broker) } = flags;
  const login = meterLogin(deployment, meter);
  return newConfiguration(deployment, meterPlan({ ...flags, meter, role, broker, ca, login }, channels, Date.now()));
}

function readMade(file: string, flags: ProvisionFlags): SignedConfiguration {
  if (flags.port === undefined) throw missing("--port");
  return readConfiguration(readBytes(file, "a configuration that `choir provision --out` made"));
}

function tableOf({ table, deployment }: ProvisionFlags): Uint8Array {
  if (table !== undefined) return readBytes(table, "the deployment's table.bin");
  if (deployment === undefined) throw missing("--table");
  return readDeploymentFile(deployment, "table", "choir authority new");
}

function readBytes(file: string, expected: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (cause) {
    throw new ChoirError("input_invalid", file, expected, "no readable file", cause);
  }
}

/** Which flags are needed hangs on the others, so the parser cannot tell. */
function missing(flag: string): ChoirError {
  return new ChoirError("input_invalid", "provision", flag, "none");
}
