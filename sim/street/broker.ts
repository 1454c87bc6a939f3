/** The street's broker: aedes inside the street's process, on a free port of the loopback, or one that runs elsewhere. */

import { createServer } from "node:net";
import { Aedes } from "aedes";
import { ChoirError } from "../../core/errors.ts";

/** A broker that the street can reach, and one of its own it can stop and start again. */
export interface StreetBroker {
  readonly url: string;
  /** In words, for whoever watches. */
  readonly description: string;
  /** Whether `stop` and `start` do anything. */
  readonly isOurs: boolean;
  /** Forgets every session and message and breaks every link, as a broker without persistence does. */
  stop(): Promise<void>;
  /** Listens again at the same address. */
  start(): Promise<void>;
}

/** A broker that somebody else runs. */
export function foreignBroker(url: string): StreetBroker {
  return { url, description: url, isOurs: false, stop: async () => {}, start: async () => {} };
}

/** Starts the embedded broker. */
export async function embeddedBroker(): Promise<StreetBroker> {
  let running = await listen(0);
  const { port } = running;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    description: "aedes, in this process",
    isOurs: true,
    stop: () => running.stop(),
    start: async () => {
      running = await listen(port);
    },
  };
}

async function listen(wantedPort: number): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(wantedPort, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new ChoirError("broker_failed", "embedded broker", "a TCP port", String(address));
  }
  return {
    port: address.port,
    stop: async () => {
      await new Promise<void>((resolve) => aedes.close(resolve));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
