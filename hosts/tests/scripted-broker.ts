/** A broker of a few bytes that answers as a test says: for what no real broker can be brought to do. */

import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { portOf } from "./cable.ts";

/** Types of control packets (MQTT 3.1.1, 2.2.1). */
export const PACKET = { connect: 1, publish: 3, subscribe: 8, disconnect: 14 } as const;

export const CONNACK_ACCEPTED = Uint8Array.of(0x20, 2, 0, 0);
export const CONNACK_NOT_AUTHORIZED = Uint8Array.of(0x20, 2, 0, 5);

/** A packet of fewer than 128 bytes; the body begins behind the length. */
export interface ControlPacket {
  readonly type: number;
  readonly body: Uint8Array;
}

export type Answer = (packet: ControlPacket, socket: Socket) => void;

/** A SUBACK for one topic with this return code. */
export function suback({ body }: ControlPacket, code: number): Uint8Array {
  return Uint8Array.of(0x90, 3, body[0] ?? 0, body[1] ?? 0, code);
}

/** The first topic of a SUBSCRIBE. */
export function topicOf({ body }: ControlPacket): string {
  return String.fromCharCode(...body.subarray(4, 4 + (body[3] ?? 0)));
}

export async function scriptedBroker(answer: Answer): Promise<{ readonly url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (;;) {
        const [first = 0, length = 0] = rest;
        if (rest.length < 2 || rest.length < 2 + length) return;
        answer({ type: first >> 4, body: rest.subarray(2, 2 + length) }, socket);
        rest = rest.subarray(2 + length);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtt://127.0.0.1:${portOf(server)}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
