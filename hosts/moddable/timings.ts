/** What one reading costs a machine, measured on entries of its own that are thrown away: the meter's pool and its burnt mark are not touched. */

import { ChoirError } from "../../core/errors.ts";
import { pack } from "../../core/paillier/packing.ts";
import { entryShape, makeEntry } from "../../core/paillier/pool-entry.ts";
import { seal } from "../../core/paillier/seal.ts";
import type { Configuration } from "../../core/wire/configuration.ts";
import { sealEnvelope } from "../../core/wire/envelope.ts";
import { openKeyFile } from "../../core/wire/key-file.ts";
import { encodeReading } from "../../core/wire/reading.ts";
import type { Host } from "../../firmware/host.ts";
import type { Timings } from "./bench.ts";

/** An interval that no meter lives to see: what is sealed here can be taken for no reading. */
const NO_INTERVAL = 2 ** 40;
const SEED_BYTES = 32;

/** What is measured with. */
export type Measured = Pick<Host, "clock" | "entropy" | "digest" | "verify" | "signer" | "ring" | "table">;

/** @throws ChoirError config_invalid without a configuration or a table, entropy_unseeded. */
export function measureTimings(
  host: Measured,
  configuration: Configuration | undefined,
): Pick<Timings, "poolEntryMs" | "sealMs" | "signMs"> {
  const { table, digest, entropy } = host;
  if (configuration === undefined || table === undefined) {
    throw new ChoirError("config_invalid", "timings", "a configuration and a table", "a machine without");
  }
  const { keyFile: file, rootKey, meter } = configuration;
  const { key, keyId, layout, n } = openKeyFile(file, rootKey, host.verify, digest);
  const seed = new Uint8Array(SEED_BYTES);
  entropy.fill(seed);
  const signer = host.signer(seed);
  const ring = host.ring(n);
  const shape = entryShape(key.bits, layout.bits);
  const context = { meter, interval: NO_INTERVAL, keyId };
  const plaintext = pack(
    layout,
    layout.channels.map(() => 0),
  );
  const entry = timed(host, () => makeEntry(ring, table, shape, entropy));
  const sealed = timed(host, () => seal(ring, shape, digest, entry.value, plaintext, layout.bits, context));
  const payload = encodeReading({ ...context, ...sealed.value });
  const signed = timed(host, () => sealEnvelope("reading", payload, signer));
  return { poolEntryMs: entry.ms, sealMs: sealed.ms, signMs: signed.ms };
}

function timed<T>({ clock }: Measured, work: () => T): { readonly value: T; readonly ms: number } {
  const fromMs = clock.monotonicMs();
  const value = work();
  return { value, ms: Math.round(1000 * (clock.monotonicMs() - fromMs)) / 1000 };
}
