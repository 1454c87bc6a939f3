/** Feeder readings: checked, stored once for each group and interval, shown where the sum came first (docs/PROTOCOL.md, Feeder). */

import { equalBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";
import type { Verify } from "../../core/ports.ts";
import { checkSignature, parseEnvelope } from "../../core/wire/envelope.ts";
import { decodeFeeder } from "../../core/wire/feeder.ts";
import { checkKeyId, type KeyFile } from "../../core/wire/key-file.ts";
import { parseTopic } from "../../core/wire/topics.ts";
import type { ServiceClock } from "../service/clock.ts";
import { deliveryId } from "../service/delivery.ts";
import { checkEnded } from "../service/windows.ts";
import type { Books } from "./books.ts";
import { rollOf } from "./judging.ts";
import { residual } from "./reconcile.ts";
import { byObis, type FeederResult } from "./results.ts";

/** What feeder readings are checked against and entered in. */
export interface FeederParts {
  readonly keyFile: KeyFile;
  readonly books: Books;
  readonly verify: Verify;
  readonly clock: Pick<ServiceClock, "nowMs">;
  /** Hands a result out, as one line of JSON. */
  readonly show: (line: string) => void;
}

/**
 * Enters a feeder's reading; resolves when it is on the disk, to false where it was there already.
 * @throws ChoirError for anything but the first reading of the group's own feeder; nothing changes then.
 */
export async function enterFeeder(parts: FeederParts, topic: string, bytes: Uint8Array): Promise<boolean> {
  const { keyFile, books, verify, clock, show } = parts;
  const address = parseTopic(topic);
  const envelope = parseEnvelope("feeder", bytes);
  // nothing of this is sure before its signature is checked; it says which roll names the signer
  const reading = decodeFeeder(envelope.payload, keyFile.channels.length);
  const book = rollOf(parts, reading.interval, "feeder.interval");
  const entry = address.kind === "feeder" ? book.groups.get(address.group) : undefined;
  if (entry?.feeder === undefined) {
    throw new ChoirError("field_wrong", "topic", "the feeder of a group that has one", "another");
  }
  const { group, feeder } = entry;
  checkSignature(envelope, feeder.key, verify, `feeder ${feeder.feeder}`);
  if (reading.feeder !== feeder.feeder) {
    throw new ChoirError("member_unknown", "feeder.feeder", feeder.feeder, reading.feeder);
  }
  checkKeyId(reading.keyId, keyFile, "feeder.key id");
  const { interval } = reading;
  checkEnded(interval, keyFile, clock.nowMs(), "feeder.interval");
  const id = deliveryId(topic, bytes);
  const before = books.balance(group, interval);
  if (before.feeder !== undefined) {
    if (!equalBytes(before.feeder.id, id)) {
      throw new ChoirError("sealed_twice", "feeder", "one reading of an interval", "a second one");
    }
    await books.synced();
    return false;
  }
  const balance = { ...before, feeder: { energies: reading.energyMilliwattHours, id } };
  const late = books.judged({ group, interval, part: 0 }) !== undefined;
  await books.enterBalance(group, interval, balance);
  if (late) {
    const { channels } = keyFile;
    const result: FeederResult = {
      type: "feeder",
      group,
      interval,
      feederMilliwattHours: byObis(channels, reading.energyMilliwattHours),
      sumsMilliwattHours: byObis(channels, balance.sums),
      residualMilliwattHours: byObis(channels, residual(balance) ?? []),
    };
    show(JSON.stringify(result));
  }
  return true;
}
