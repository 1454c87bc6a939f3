/** The street's own ear at the broker: hears the meters' events, which name the readings that they refused. */

import mqtt, { type MqttClient } from "mqtt";
import { ChoirError } from "../../core/errors.ts";
import { REJECTIONS } from "../../core/meter-words.ts";
import { decodeEvent, type MeterEvent } from "../../core/wire/status.ts";
import { topics } from "../../core/wire/topics.ts";
import { withoutCredentials } from "../../headend/service/log.ts";

const RECONNECT_MS = 100;
const CONNECT_TIMEOUT_MS = 10_000;

/** The street's ear. */
export interface Observer {
  /** Whether it is subscribed; where the broker goes it comes back by itself. */
  isLinked(): boolean;
  stop(): Promise<void>;
}

/**
 * Subscribes to all events; `hear` gets each once, `handled` each delivery. Resolves when subscribed.
 * @throws (rejects) ChoirError broker_failed when there is no broker, or one that lets nobody in.
 */
export async function observeEvents(
  brokerUrl: string,
  hear: (event: MeterEvent) => void,
  handled: (topic: string, payload: Uint8Array) => void,
): Promise<Observer> {
  const heard = new Set<string>();
  const client = await connected(brokerUrl);
  client.on("message", (topic, payload) => {
    const event = eventIn(payload);
    const name = `${event?.meter}/${event?.code}/${event?.interval}`;
    if (event !== undefined && !heard.has(name)) {
      heard.add(name);
      hear(event);
    }
    handled(topic, payload);
  });
  let isLinked = false;
  const subscribe = async (): Promise<void> => {
    await client.subscribeAsync(topics.event("+"), { qos: 1 });
    isLinked = true;
  };
  client.on("close", () => {
    isLinked = false;
  });
  // a link that breaks again closes again
  client.on("connect", () => void subscribe().catch(() => {}));
  await subscribe();
  // without a goodbye: the broker may be down
  return { isLinked: () => isLinked, stop: () => client.endAsync(true) };
}

/** The event that a message holds; a broker that is not ours may bring anything. */
function eventIn(payload: Uint8Array): MeterEvent | undefined {
  try {
    return decodeEvent(new Uint8Array(payload));
  } catch (error) {
    if (!(error instanceof ChoirError)) throw error;
    return undefined;
  }
}

async function connected(url: string): Promise<MqttClient> {
  try {
    const options = {
      clientId: "street-observer",
      reconnectPeriod: RECONNECT_MS,
      resubscribe: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
    };
    return await mqtt.connectAsync(url, options, false);
  } catch (cause) {
    const got = cause instanceof Error && cause.message !== "" ? cause.message : "no connection";
    throw new ChoirError("broker_failed", "broker", `one at ${withoutCredentials(url)}`, got, cause);
  }
}

/** Whether an event says that an interval gave no reading. */
export function isRejection(event: MeterEvent): boolean {
  return REJECTIONS.some((code) => code === event.code);
}
