/** A broker in this process that remembers all that was published on it. */

import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { portOf } from "./cable.ts";

/** A message as the broker saw it, from a client or a will. */
export interface Published {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

export interface AedesBroker {
  readonly port: number;
  publish(topic: string, payload: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one on a free port of the loopback; what it gets is added to `published`. */
export async function aedesBroker(published: Published[]): Promise<AedesBroker> {
  const aedes = await Aedes.createBroker();
  aedes.on("publish", ({ topic, payload, retain }) => {
    if (topic.startsWith("$SYS/")) return;
    published.push({ topic, payload: new Uint8Array(Buffer.from(payload)), retain });
  });
  const server = createServer(aedes.handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: portOf(server),
    publish: (topic, payload) => publishOn(aedes, topic, payload),
    stop: async () => {
      await new Promise<void>((resolve) => aedes.close(resolve));
      server.close();
      await once(server, "close");
    },
  };
}

/** Publishes from the broker itself, QoS 1. */
export function publishOn(aedes: Aedes, topic: string, payload: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const packet = { cmd: "publish", qos: 1, dup: false, retain: false, topic, payload: Buffer.from(payload) } as const;
    aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
  });
}
