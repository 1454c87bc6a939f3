/** The street's own ear at the broker: hears the meters' events, which name the readings that they refused. */

import mqtt from "mqtt";
import { REJECTIONS } from "../../core/meter-words.ts";
import { decodeEvent, type MeterEvent } from "../../core/wire/status.ts";
import { topics } from "../../core/wire/topics.ts";

/** Subscribes to all events; `hear` gets each once, `handled` each delivery. Resolves when subscribed. */
export async function observeEvents(
  brokerUrl: string,
  hear: (event: MeterEvent) => void,
  handled: (topic: string, payload: Uint8Array) => void,
): Promise<{ stop(): Promise<void> }> {
  const heard = new Set<string>();
  const client = await mqtt.connectAsync(brokerUrl, { clientId: "street-observer", reconnectPeriod: 100 });
  client.on("message", (topic, payload) => {
    const event = decodeEvent(new Uint8Array(payload));
    const name = `${event.meter}/${event.code}/${event.interval}`;
    if (!heard.has(name)) {
      heard.add(name);
      hear(event);
    }
    handled(topic, payload);
  });
  await client.subscribeAsync(topics.event("+"), { qos: 1 });
  return { stop: () => client.endAsync() };
}

/** Whether an event says that an interval gave no reading. */
export function isRejection(event: MeterEvent): boolean {
  return REJECTIONS.some((code) => code === event.code);
}
