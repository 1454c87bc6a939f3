/** Checking proofs of plaintext at the aggregator: one by one, which takes two of OpenSSL's powers each, and many at once. */

import { ChoirError } from "../../../core/errors.ts";
import { failures } from "../../../core/paillier/batch.ts";
import { holds } from "../../../core/paillier/proof.ts";
import { nodeEntropy } from "../../../headend/service/crypto.ts";
import { openSslPower } from "../../../headend/service/power.ts";
import type { BenchOptions, Subject } from "../bench.ts";
import { elapsedMs } from "../engines/engine.ts";
import type { Measurement } from "../measurement.ts";
import { provenStatements } from "../readings.ts";
import { inTurn } from "../sampling.ts";

const NAME = "proof.verify";
/** Proofs of one sample that are checked one by one. */
const SINGLES = 4;
const TARGET = { batch: 200, ratio: 4 };

const nameOf = (batch: number): string => `${NAME}.batch-${batch}`;

export const proofs: Subject = {
  names: ({ batches }: BenchOptions) => [NAME, ...batches.map(nameOf)],
  async measure({ deployment, options }, wanted) {
    const { key } = deployment.keyFile;
    const batches = options.batches.filter((batch) => wanted(nameOf(batch)));
    const statements = provenStatements(deployment, Math.max(SINGLES, ...batches));
    const powerMod = openSslPower(key.nSquared);
    const require = (sound: boolean): void => {
      if (!sound) throw new ChoirError("proof_wrong", NAME, "proofs that hold", "one that does not");
    };
    const perProof = (count: number, check: () => void) => async () => {
      const ms = elapsedMs(check, 1, () => performance.now());
      return ms / count;
    };
    const single = perProof(SINGLES, () => {
      for (const statement of statements.slice(0, SINGLES)) require(holds(key, powerMod, statement));
    });
    const tasks = batches.map((batch) =>
      perProof(batch, () => require(failures(key, powerMod, nodeEntropy, statements.slice(0, batch)).length === 0)),
    );
    const [baselines = [], ...results] = await inTurn(options.samples, [single, ...tasks]);
    const about = { engine: "node", unit: "ms", baselines, against: "one by one", better: "less" } as const;
    const measured: Measurement[] = wanted(NAME) ? [{ ...about, name: NAME, values: baselines }] : [];
    for (const [i, batch] of batches.entries()) {
      const target = batch === TARGET.batch ? { target: TARGET.ratio } : {};
      measured.push({ ...about, name: nameOf(batch), values: results[i] ?? [], ...target });
    }
    return measured;
  },
};
