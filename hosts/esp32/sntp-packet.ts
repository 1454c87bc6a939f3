/** SNTP (RFC 4330): the request, and what a server's answer to it says of our clock. */

import { equalBytes } from "../../core/bytes.ts";
import { ChoirError } from "../../core/errors.ts";

const PACKET_BYTES = 48;
/** Version 4, mode 3: a client (4, figure 1). */
const CLIENT = 0x23;
const SERVER_MODE = 4;
const UNSYNCHRONISED = 3;
const MOST_STRATUM = 15;
const ORIGINATE = 24;
const RECEIVE = 32;
const TRANSMIT = 40;
const STAMP_BYTES = 8;
/** Seconds from 1900 to 1970. */
const EPOCH_SECONDS = 2_208_988_800;
/** A stamp whose first bit is clear lies in the era that begins in 2036 (3). */
const ERA_SECONDS = 2 ** 32;

/** A server's word about our clock. */
export interface TimeSample {
  /** How far ours is behind, in ms. */
  readonly offsetMs: number;
  /** Time that the messages were on their way, in ms: the offset is right to half of it. */
  readonly delayMs: number;
}

/** @param cookie 8 bytes that nobody else can know: the server sends them back, so that only who has seen the request can answer it */
export function sntpRequest(cookie: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PACKET_BYTES);
  packet[0] = CLIENT;
  packet.set(cookie, TRANSMIT);
  return packet;
}

/**
 * Reads an answer.
 * @param sentMs our UTC when the request went, in ms
 * @param gotMs our UTC when the answer came
 * @throws ChoirError length_wrong, field_wrong for one that is not this request's, of no synchronised server, or of no time.
 */
export function readSntp(packet: Uint8Array, cookie: Uint8Array, sentMs: number, gotMs: number): TimeSample {
  if (packet.length < PACKET_BYTES) {
    throw new ChoirError("length_wrong", "SNTP", `${PACKET_BYTES} bytes`, `${packet.length}`);
  }
  const [first = 0, stratum = 0] = packet;
  if (!equalBytes(packet.subarray(ORIGINATE, ORIGINATE + STAMP_BYTES), cookie)) throw wrong("the request's stamp");
  if ((first & 7) !== SERVER_MODE || first >> 6 === UNSYNCHRONISED) throw wrong("a synchronised server");
  // stratum 0 says why there is no time (8): a kiss of death
  if (stratum < 1 || stratum > MOST_STRATUM) throw wrong("a stratum of 1 to 15");
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const [received, sent] = [stampMs(view, RECEIVE), stampMs(view, TRANSMIT)];
  if (received === undefined || sent === undefined) throw wrong("a time");
  return {
    offsetMs: (received - sentMs + (sent - gotMs)) / 2,
    delayMs: gotMs - sentMs - (sent - received),
  };
}

/** UTC in ms; undefined for a stamp of zeros, which is none. */
function stampMs(view: DataView, offset: number): number | undefined {
  const seconds = view.getUint32(offset);
  const fraction = view.getUint32(offset + 4);
  if (seconds === 0 && fraction === 0) return undefined;
  const era = seconds < ERA_SECONDS / 2 ? ERA_SECONDS : 0;
  return (seconds + era - EPOCH_SECONDS) * 1000 + (fraction * 1000) / ERA_SECONDS;
}

function wrong(expected: string): ChoirError {
  return new ChoirError("field_wrong", "SNTP", expected, "something else");
}
