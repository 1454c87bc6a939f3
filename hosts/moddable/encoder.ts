/** What the CBOR library keeps of its first message on XS. */

import { encodeCbor } from "../../core/wire/cbor.ts";

/**
 * To be called before anything else is encoded. The library's writer keeps its pieces in a list that was preloaded; XS moves such a list to memory when it is
 * first written to, and never lets go of it. So the pieces of the first message stay for as long as the engine runs: they shall not be those of a configuration.
 */
export function beginEncoding(): void {
  encodeCbor([]);
}
