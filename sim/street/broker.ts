/** The street's broker: aedes inside the street's process, on a free port of the loopback, or one that runs elsewhere. */

import { createServer } from "node:net";
import { Aedes } from "aedes";
import { ChoirError } from "../../core/errors.ts";
import { withoutCredentials } from "../../headend/service/log.ts";

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
  /** Resolves when each of these topics has a subscriber; a broker that is not ours cannot tell, and resolves at once. */
  subscribed(topics: readonly string[]): Promise<void>;
}

const NOTHING_TO_DO = { stop: async () => {}, start: async () => {}, subscribed: async () => {} } as const;

/** A broker that somebody else runs. */
export function foreignBroker(url: string): StreetBroker {
  return { url, description: withoutCredentials(url), isOurs: false, ...NOTHING_TO_DO };
}

/** Starts the embedded broker. */
export async function embeddedBroker(): Promise<StreetBroker> {
  const subscriptions = new Subscriptions();
  let running = await listen(0, subscriptions);
  const { port } = running;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    description: "aedes, in this process",
    isOurs: true,
    stop: () => running.stop(),
    start: async () => {
      running = await listen(port, subscriptions);
    },
    subscribed: (topics) => subscriptions.all(topics),
  };
}

/** Topics that somebody has subscribed to. */
class Subscriptions {
  readonly #topics = new Set<string>();
  readonly #waiting = new Set<() => void>();

  add(topics: readonly string[]): void {
    for (const topic of topics) this.#topics.add(topic);
    for (const look of this.#waiting) look();
  }

  all(topics: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!topics.every((topic) => this.#topics.has(topic))) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

async function listen(
  wantedPort: number,
  subscriptions: Subscriptions,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const aedes = await Aedes.createBroker();
  aedes.on("subscribe", (added) => subscriptions.add(added.map(({ topic }) => topic)));
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
