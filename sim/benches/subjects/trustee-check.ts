/**
 * A trustee's testimony of a group of 200: bytes in, every rule checked, the sealed share on the disk and out; against the least that any trustee must
 * do for it: verify 200 signatures, multiply 200 ciphertexts, one batch of 200 proofs, one power with its share and the proof of it.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChoirError } from "../../../core/errors.ts";
import { integerToBytes, power } from "../../../core/integers.ts";
import { intervalEnd } from "../../../core/interval.ts";
import { batchHolds } from "../../../core/paillier/batch.ts";
import { product } from "../../../core/paillier/ciphertext.ts";
import { statement } from "../../../core/paillier/proof.ts";
import { KeyShare } from "../../../core/secret/key-share.ts";
import { partialDecryption } from "../../../core/secret/partial-decryption.ts";
import { uniformBelow } from "../../../core/secret/uniform.ts";
import { encodeAggregate } from "../../../core/wire/aggregate.ts";
import { parseEnvelope, sealEnvelope } from "../../../core/wire/envelope.ts";
import { evidenceHash } from "../../../core/wire/evidence.ts";
import type { KeyFile } from "../../../core/wire/key-file.ts";
import { decodeReading } from "../../../core/wire/reading.ts";
import { contributorsHash } from "../../../core/wire/share.ts";
import type { ShareHolder } from "../../../core/wire/sharing.ts";
import { encodeTestimony } from "../../../core/wire/testimony.ts";
import { topics } from "../../../core/wire/topics.ts";
import { freshIdentity, freshSealingKey } from "../../../headend/authority/identity.ts";
import { nodeDigest, nodeEntropy, nodeVerifier } from "../../../headend/service/crypto.ts";
import { openSslPower } from "../../../headend/service/power.ts";
import { Ledger } from "../../../headend/trustee/ledger.ts";
import { Trustee, type TrusteeParts } from "../../../headend/trustee/trustee.ts";
import type { Bench, Subject } from "../bench.ts";
import { type BenchDeployment, GROUP, INTERVAL, INTERVAL_MS } from "../deployment.ts";
import { sealReadings } from "../readings.ts";
import { inTurn } from "../sampling.ts";

const NAME = "trustee.check";
const TARGET = 0.7;
/** Homes in the sum. */
const CONTRIBUTORS = 200;
const HOLDERS = ["court", "council", "provider", "union"].sort();
const TRUSTEE = "court";

/** What a trustee works with, its ledger excepted. */
type Tools = Omit<TrusteeParts, "ledger" | "reply">;

export const testimonies: Subject = {
  names: () => [NAME],
  async measure(bench, _wanted) {
    const folder = mkdtempSync(join(tmpdir(), "choir-bench-"));
    try {
      const tools = toolsOf(bench.deployment);
      const { testimony, bound } = testimonyOf(bench, tools);
      let sample = 0;
      const check = (): Promise<number> => checkMs(tools, bench.deployment, join(folder, `${sample++}`), testimony);
      const [values = [], baselines = []] = await inTurn(bench.options.samples + 1, [check, async () => bound()]);
      const against = "verify + multiply + batch + share";
      return [
        {
          name: NAME,
          engine: "node",
          unit: "ms",
          // the first of each warms up
          values: values.slice(1),
          baselines: baselines.slice(1),
          against,
          better: "less",
          target: TARGET,
        },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** A trustee of the deployment's key. Its share is no dealer's but as long as one, which is all that time depends on: safe primes would take a minute. */
function toolsOf({ keyFile: whole }: BenchDeployment): Tools {
  const { key } = whole;
  const v = power(uniformBelow(key.nSquared, nodeEntropy), 2n, key.nSquared);
  const holders = HOLDERS.map(
    (holder): ShareHolder => ({
      holder,
      signingKey: freshIdentity().signer.publicKey,
      sealingKey: freshSealingKey().key.publicKey,
      verification: v,
    }),
  );
  const providerSealingKey = freshSealingKey().key.publicKey;
  const sharing = { providerSealingKey, threshold: 3, v, holders, providerHolder: "provider" };
  const keyFile: KeyFile = { ...whole, custody: "shared", sharing };
  return {
    keyFile,
    clock: { nowMs: () => intervalEnd(INTERVAL, INTERVAL_MS) },
    verify: nodeVerifier(),
    digest: nodeDigest,
    entropy: nodeEntropy,
    powerMod: openSslPower(key.nSquared),
    // it is one of the holders
    prover: { key, sharing, holder: holders.find(({ holder }) => holder === TRUSTEE) as ShareHolder },
    share: KeyShare.of(1, uniformBelow(key.nSquared, nodeEntropy), key),
    providerSealingKey,
    signer: freshIdentity().signer,
  };
}

/** The message of the largest union of whole blocks with 200 homes at most, and its bound, in ms. */
function testimonyOf(
  { deployment }: Bench,
  { keyFile, verify, powerMod, prover, share, digest, entropy }: Tools,
): { readonly testimony: Uint8Array; readonly bound: () => number } {
  const { roll, aggregator } = deployment;
  const { key, layout, keyId } = keyFile;
  const [size = 1] = roll.blocks.map(({ seats }) => seats.length);
  const blocks = roll.blocks.slice(0, Math.max(1, Math.floor(CONTRIBUTORS / size)));
  const names = new Set(blocks.flatMap(({ seats }) => seats.map(({ occupant }) => occupant?.meter)));
  const meters = deployment.meters.filter(({ meter }) => names.has(meter));
  const envelopes = sealReadings(deployment, meters);
  const parts = envelopes.map((bytes, i) => {
    const envelope = parseEnvelope("reading", bytes);
    const reading = decodeReading(envelope.payload, key, layout);
    // an envelope was made for each meter
    const publicKey = (meters[i] as (typeof meters)[number]).signer.publicKey;
    return { envelope, publicKey, statement: statement(key, layout.bits, digest, reading, reading) };
  });
  const statements = parts.map((one) => one.statement);
  const c = product(
    statements.map((one) => one.c),
    key,
  );
  const aggregate = {
    group: GROUP,
    interval: INTERVAL,
    keyId,
    rollVersion: roll.version,
    part: 0,
    blocks: blocks.map(({ block }) => block),
    leftOut: [],
    product: integerToBytes(c, 2 * key.bytes),
    evidenceHash: evidenceHash(envelopes, digest),
  };
  const hash = contributorsHash(
    meters.map(({ meter }) => meter),
    digest,
  );

  // decoding is no part of the bound, so it was done before
  const bound = (): number => {
    const startMs = performance.now();
    const signed = parts.every(({ envelope, publicKey }) => verify(publicKey, envelope.signed, envelope.signature));
    const same =
      product(
        statements.map((one) => one.c),
        key,
      ) === c;
    const proven = batchHolds(key, powerMod, entropy, statements);
    partialDecryption({ digest, entropy, powerMod }, prover, share, { ...aggregate, contributorsHash: hash }, c);
    const ms = performance.now() - startMs;
    if (!(signed && same && proven)) throw new ChoirError("proof_wrong", NAME, "evidence that holds", "other");
    return ms;
  };
  const message = sealEnvelope("aggregate", encodeAggregate(aggregate), aggregator);
  return { testimony: encodeTestimony({ aggregate: message, envelopes }), bound };
}

/** From bytes to the answer, in ms, by a trustee that has seen nothing yet. */
async function checkMs(
  tools: Tools,
  { roll }: BenchDeployment,
  folder: string,
  testimony: Uint8Array,
): Promise<number> {
  const ledger = await Ledger.open(folder, { keyFile: tools.keyFile, roll }, TRUSTEE);
  try {
    const trustee = new Trustee({ ...tools, ledger, reply: () => {} });
    const startMs = performance.now();
    const outcome = await trustee.receive(topics.evidence(GROUP), testimony);
    const ms = performance.now() - startMs;
    if (outcome.kind !== "share") throw new ChoirError("proof_wrong", NAME, "a share", JSON.stringify(outcome));
    return ms;
  } finally {
    await ledger.close();
  }
}
