/** Opening a sum at the provider, against the same opening by paillier-bigint. */

import { randomBytes } from "node:crypto";
import { ChoirError } from "../../../core/errors.ts";
import { bytesToInteger } from "../../../core/integers.ts";
import { Opener } from "../../../core/secret/opener.ts";
import { openSslPower } from "../../../headend/service/power.ts";
import type { Subject } from "../bench.ts";
import { elapsedMs } from "../engines/engine.ts";
import { inTurn, runsPerSample } from "../sampling.ts";
import { peerKey } from "./paillier-bigint.ts";

const NAME = "provider.open";

export const opening: Subject = {
  names: () => [NAME],
  async measure({ deployment: { secret, keyFile }, options }) {
    const opener = new Opener(secret, openSslPower);
    const library = peerKey(secret);
    const { key } = keyFile;
    const c = bytesToInteger(new Uint8Array(randomBytes(2 * key.bytes))) % key.nSquared;
    if (opener.open(c) !== library.decrypt(c)) {
      throw new ChoirError("product_wrong", NAME, "the same plaintext from both", "two different ones");
    }
    const times = runsPerSample(
      elapsedMs(
        () => opener.open(c),
        1,
        () => performance.now(),
      ),
    );
    const [values = [], baselines = []] = await inTurn(options.samples, [
      async () =>
        elapsedMs(
          () => opener.open(c),
          times,
          () => performance.now(),
        ) / times,
      async () =>
        elapsedMs(
          () => library.decrypt(c),
          1,
          () => performance.now(),
        ),
    ]);
    const against = "paillier-bigint decrypt";
    return [{ name: NAME, engine: "node", unit: "ms", values, baselines, against, better: "less", target: 10 }];
  },
};
