/** A reading between the intake's checks and the ledger. */

import type { Residue } from "../../core/paillier/ring.ts";
import type { Member } from "./group-plan.ts";

/** A checked reading on its way into the ledger. */
export interface Arrival {
  readonly member: Member;
  readonly interval: number;
  readonly envelope: Uint8Array;
  readonly ciphertext: Residue;
  /** Name of its randomiser, from `rhoName`. */
  readonly rho: bigint;
}
