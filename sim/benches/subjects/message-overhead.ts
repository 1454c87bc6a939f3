/** What a reading's message weighs beyond its ciphertext and proof, against the 200 bytes that it may. */

import { parseEnvelope } from "../../../core/wire/envelope.ts";
import { decodeReading } from "../../../core/wire/reading.ts";
import type { Subject } from "../bench.ts";
import { sealReading } from "../readings.ts";

const NAME = "message.overhead";
const ALLOWED_BYTES = 200;

export const messageOverhead: Subject = {
  names: () => [NAME],
  async measure({ deployment }) {
    const message = sealReading(deployment);
    const { key, layout } = deployment.keyFile;
    const reading = decodeReading(parseEnvelope("reading", message).payload, key, layout);
    const { ciphertext, commitment, z1, z2 } = reading;
    const carried = ciphertext.length + commitment.length + z1.length + z2.length;
    return [
      {
        name: NAME,
        engine: "node",
        unit: "byte",
        values: [message.length - carried],
        baselines: [ALLOWED_BYTES],
        against: `${ALLOWED_BYTES} bytes`,
        better: "less",
        target: 1,
      },
    ];
  },
};
