/** A meter at the end of a line, as the command line talks to it: who it is, and what it is handed. What was done goes to stdout, how far it is to stderr. */

import { equalBytes, toHex } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import { ConsoleClient } from "../../hosts/moddable/runner/console-client.ts";
import { LineSession } from "../../hosts/moddable/runner/line-session.ts";
import type { SignedConfiguration } from "../authority/new-configuration.ts";

/** How long a machine may take until it says that its meter has started, in ms. */
const START_MS = 30_000;
const PERCENT_STEP = 10;

/** The public key of the machine on a port. @throws (rejects) ChoirError device_failed. */
export async function askIdentity(port: string): Promise<Uint8Array> {
  const session = await LineSession.open(port);
  try {
    return await new ConsoleClient(session).identity();
  } finally {
    session.close();
  }
}

/**
 * Hands a machine its comb table and its configuration and starts it.
 * @param table none for a feeder
 * @throws (rejects) ChoirError device_failed, also when its meter does not start; member_unknown for a machine whose key is not the one that the roll lists for this meter.
 */
export async function handOver(
  port: string,
  configuration: SignedConfiguration,
  table: Uint8Array | undefined,
): Promise<void> {
  const session = await LineSession.open(port, (line) => {
    // why a meter only counts, for one
    if (line.startsWith("log warn ")) process.stderr.write(`${port}: ${line}\n`);
  });
  try {
    const client = new ConsoleClient(session);
    const key = await client.identity();
    if (!equalBytes(key, configuration.meterKey)) {
      const listed = `the machine that the roll lists for ${configuration.meter}, ${toHex(configuration.meterKey)}`;
      throw new ChoirError("member_unknown", port, listed, toHex(key));
    }
    say(`${port}: ${await client.about()}`);
    // a configuration without its table would leave a meter that only counts
    if (table !== undefined) await put(client, "table", table);
    await put(client, "configuration", configuration.bytes);
    const heard = session.next((line) => /^(started|identity|error) /.test(line), "started", START_MS);
    // whoever does not come back was told all the same
    const outcome = heard.catch(() => undefined);
    await client.restart();
    const said = await outcome;
    if (said?.startsWith("started ") === false)
      throw new ChoirError("device_failed", port, "a meter that starts", said);
    const how = said === undefined ? "nothing more was heard of it: look at its status" : "its meter has started";
    say(`${port}: restarted; ${how}`);
  } finally {
    session.close();
  }
}

async function put(client: ConsoleClient, file: "configuration" | "table", bytes: Uint8Array): Promise<void> {
  let told = 0;
  const isNew = await client.put(file, bytes, (done) => {
    const percent = Math.floor((100 * done) / bytes.length);
    if (percent < told + PERCENT_STEP) return;
    told = percent - (percent % PERCENT_STEP);
    process.stderr.write(`${file}: ${told} %\n`);
  });
  say(isNew ? `${file}: committed` : `${file}: is there already`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
