/** The benches together: what each is handed, the order they run in, and which of them `--only` picks. */

import { ChoirError } from "../../core/errors.ts";
import { xsWorkerPath } from "../../hosts/xs/engine.ts";
import { type BenchDeployment, benchDeployment } from "./deployment.ts";
import type { Engine } from "./engines/engine.ts";
import type { ModdableOptions } from "./engines/moddable-engine.ts";
import { nodeEngine } from "./engines/node-engine.ts";
import { xsEngine } from "./engines/xs-engine.ts";
import type { Measurement } from "./measurement.ts";
import { acceptance } from "./subjects/aggregator-accept.ts";
import { combWeight } from "./subjects/comb-weight.ts";
import { messageOverhead } from "./subjects/message-overhead.ts";
import { native } from "./subjects/native.ts";
import { peer } from "./subjects/paillier-bigint.ts";
import { proofs } from "./subjects/proof-verify.ts";
import { opening } from "./subjects/provider-open.ts";
import { ringArithmetic } from "./subjects/ring.ts";
import { sealing } from "./subjects/sealing.ts";
import { testimonies } from "./subjects/trustee-check.ts";

/** How much is measured. */
export interface BenchOptions {
  readonly keyBits: number;
  /** Samples of each side of a ratio. */
  readonly samples: number;
  /** Meters in the group. */
  readonly meters: number;
  /** Messages of one sample of `aggregator.accept`. */
  readonly messages: number;
  /** Sizes of batches of proofs. */
  readonly batches: readonly number[];
  /** A name, or the first part of several. */
  readonly only: string | undefined;
  /** The simulator, where there is one. */
  readonly moddable: ModdableOptions | undefined;
}

/** What a bench works with. */
export interface Bench {
  readonly options: BenchOptions;
  readonly deployment: BenchDeployment;
  /** Node, and XS where it is installed. */
  readonly engines: readonly Engine[];
}

/** One subject: a group of measurements that share samples. */
export interface Subject {
  names(options: BenchOptions): readonly string[];
  /** Measures those names that are wanted. */
  measure(bench: Bench, wanted: (name: string) => boolean): Promise<readonly Measurement[]>;
}

const SUBJECTS: readonly Subject[] = [
  sealing,
  combWeight,
  ringArithmetic,
  native,
  peer,
  opening,
  proofs,
  acceptance,
  testimonies,
  messageOverhead,
];

/** Runs the benches, one after the other. @throws ChoirError input_invalid for an `only` that names none. */
export async function* runBenches(options: BenchOptions): AsyncGenerator<Measurement> {
  const wanted = (name: string): boolean =>
    options.only === undefined || name === options.only || name.startsWith(`${options.only}.`);
  const subjects = SUBJECTS.filter((subject) => subject.names(options).some(wanted));
  if (subjects.length === 0) {
    const known = SUBJECTS.flatMap((subject) => subject.names(options)).join(", ");
    throw new ChoirError("input_invalid", "--only", `one of ${known}`, JSON.stringify(options.only));
  }
  const deployment = benchDeployment(options.keyBits, options.meters);
  const worker = xsWorkerPath();
  const engines = [
    ...(worker === undefined ? [] : [await xsEngine(worker, deployment.material)]),
    nodeEngine(deployment.material),
  ];
  try {
    for (const subject of subjects) yield* await subject.measure({ options, deployment, engines }, wanted);
  } finally {
    for (const engine of engines) await engine.close();
  }
}
