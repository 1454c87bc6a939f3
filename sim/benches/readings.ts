/** Readings for the benches: real ones with their proofs, and cheap ones for the aggregator's door, where no proof is checked. */

import { bytesToInteger, integerToBytes } from "../../core/integers.ts";
import { tableInMemory } from "../../core/paillier/comb.ts";
import { pack } from "../../core/paillier/packing.ts";
import { entryShape, makeEntry } from "../../core/paillier/pool-entry.ts";
import { type ProofContext, type ProvenCiphertext, type Statement, statement } from "../../core/paillier/proof.ts";
import { bigIntRing } from "../../core/paillier/ring.ts";
import { seal } from "../../core/paillier/seal.ts";
import { sealEnvelope } from "../../core/wire/envelope.ts";
import { encodeReading, type SealedReading } from "../../core/wire/reading.ts";
import { nodeDigest, nodeEntropy, nodeSigner } from "../../hosts/node/primitives.ts";
import { type BenchDeployment, type BenchMeter, INTERVAL } from "./deployment.ts";

/** A sealed reading, of the material's meter unless told otherwise, with a fresh entry. */
function proven({ keyFile, material }: BenchDeployment, meter = material.meter): SealedReading {
  const { key, layout, keyId } = keyFile;
  const ring = bigIntRing(key.n);
  const shape = entryShape(key.bits, layout.bits);
  const table = tableInMemory(material.table, key.bytes, nodeDigest);
  const entry = makeEntry(ring, table, shape, nodeEntropy);
  const context: ProofContext = { meter, interval: material.interval, keyId };
  const plaintext = pack(layout, material.energies);
  return { ...context, ...seal(ring, shape, nodeDigest, entry, plaintext, layout.bits, context) };
}

/** A real message, as its meter signs it. */
export function sealReading(deployment: BenchDeployment): Uint8Array {
  return sealEnvelope("reading", encodeReading(proven(deployment)), nodeSigner(deployment.material.seed));
}

/** A real message of each of these meters. */
export function sealReadings(deployment: BenchDeployment, meters: readonly BenchMeter[]): readonly Uint8Array[] {
  return meters.map(({ meter, signer }) => sealEnvelope("reading", encodeReading(proven(deployment, meter)), signer));
}

/** So many proofs that hold, each of a reading of its own. */
export function provenStatements(deployment: BenchDeployment, count: number): readonly Statement[] {
  const { key, layout } = deployment.keyFile;
  return Array.from({ length: count }, () => {
    const reading = proven(deployment);
    return statement(key, layout.bits, nodeDigest, reading, reading);
  });
}

/** A message for the aggregator's door, and what its bound needs of it. */
export interface DoorMessage {
  readonly meter: string;
  readonly bytes: Uint8Array;
  readonly ciphertext: bigint;
}

/** Endless messages, from each meter in turn, an interval after the other; ciphertexts all differ, the proof is that of the first. */
export function* doorMessages(deployment: BenchDeployment): Generator<DoorMessage, never> {
  const { key, keyId } = deployment.keyFile;
  const first = proven(deployment);
  const factor = bytesToInteger(first.ciphertext);
  let ciphertext = factor;
  for (let interval = INTERVAL; ; interval++) {
    for (const { meter, signer } of deployment.meters) {
      ciphertext = (ciphertext * factor) % key.nSquared;
      const body: ProvenCiphertext = { ...first, ciphertext: integerToBytes(ciphertext, 2 * key.bytes) };
      const payload = encodeReading({ ...body, meter, interval, keyId });
      yield { meter, bytes: sealEnvelope("reading", payload, signer), ciphertext };
    }
  }
}
