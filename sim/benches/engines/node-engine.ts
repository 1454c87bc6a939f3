/** The works on Node, with the ports of hosts/node. */

import { bigIntRing } from "../../../core/paillier/ring.ts";
import { nodeDigest, nodeEntropy, nodeSigner } from "../../../hosts/node/primitives.ts";
import { type Engine, elapsedMs } from "./engine.ts";
import { makeWorks, type WorkMaterial } from "./works.ts";

/** Node as an engine. */
export function nodeEngine(material: WorkMaterial): Engine {
  const host = { ring: bigIntRing, digest: nodeDigest, entropy: nodeEntropy, signer: nodeSigner };
  const works = makeWorks(host, material);
  return {
    name: "node",
    sample: async (work, times) => ({
      ms: elapsedMs(works[work], times, () => performance.now()) / times,
      compute: undefined,
    }),
    close: async () => {},
  };
}
