/** The beacons of a deployment's group by the system's clock, for tests in which no aggregator runs. */

import { join } from "node:path";
import type { KeyFile } from "../../core/wire/key-file.ts";
import { topics } from "../../core/wire/topics.ts";
import { Beacons } from "../../headend/aggregator/beacons.ts";
import { aggregatorFolder } from "../../headend/authority/deployment.ts";
import { readIdentity } from "../../headend/authority/identity.ts";
import { Activity } from "../../headend/service/activity.ts";
import { systemClock } from "../../headend/service/clock.ts";

/** Sends them until the function that is returned is called. */
export function sendBeacons(
  deployment: string,
  group: string,
  keyFile: KeyFile,
  publish: (topic: string, payload: Uint8Array) => void,
): () => void {
  const beacons = new Beacons({
    keyFile,
    group,
    clock: systemClock(new Activity(), (error) => {
      throw error;
    }),
    signer: readIdentity(join(deployment, aggregatorFolder(group), "signing.pem")),
    linked: () => true,
    isThere: () => true,
    publish: async (message) => publish(topics.beacon(group), message),
  });
  beacons.start();
  return () => beacons.stop();
}
