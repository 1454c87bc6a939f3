/** The answer to an HTTP/1.0 request (RFC 1945, 6) as it comes: status and headers are looked at, what follows is handed on. */

import { ChoirError } from "../../core/errors.ts";

const OK = 200;
/** Of status and headers together, in bytes. */
const MOST_HEAD_BYTES = 4_096;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Where an update lies. */
export interface HttpAddress {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Takes an address apart: `http://` or `https://`, a host, perhaps a port, a path. @throws ChoirError input_invalid. */
export function parseAddress(text: string): HttpAddress {
  const scheme = ["https://", "http://"].find((one) => text.startsWith(one));
  if (scheme === undefined || text.length > 255) throw wrongAddress();
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // nothing that could end a line of the request
    if (code <= 0x20 || code > 0x7e) throw wrongAddress();
  }
  const rest = text.slice(scheme.length);
  const slash = rest.indexOf("/");
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const colon = authority.indexOf(":");
  const host = colon < 0 ? authority : authority.slice(0, colon);
  const secure = scheme === "https://";
  const port = colon < 0 ? (secure ? 443 : 80) : Number(authority.slice(colon + 1));
  if (host === "" || !Number.isInteger(port) || port < 1 || port > 65_535) throw wrongAddress();
  return { secure, host, port, path: slash < 0 ? "/" : rest.slice(slash) };
}

/** The request; of version 1.0, so that what comes back is the file as it is. */
export function requestFor({ host, path }: HttpAddress): string {
  return `GET ${path} HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

/** One answer. */
export class HttpResponse {
  readonly #body: (bytes: Uint8Array) => void;
  #line = "";
  #headBytes = 0;
  #status: number | undefined;
  #inBody = false;

  constructor(body: (bytes: Uint8Array) => void) {
    this.#body = body;
  }

  /** The next bytes. @throws ChoirError input_invalid for any status but 200, and for what is no HTTP. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (!this.#inBody && at < bytes.length) this.#head(bytes[at++] ?? 0);
    if (at < bytes.length) this.#body(bytes.subarray(at));
  }

  #head(byte: number): void {
    this.#headBytes++;
    if (this.#headBytes > MOST_HEAD_BYTES) throw wrongAnswer("more");
    if (byte === CARRIAGE_RETURN) return;
    if (byte !== LINE_FEED) {
      this.#line += String.fromCharCode(byte);
      return;
    }
    if (this.#status === undefined) this.#status = readStatus(this.#line);
    else if (this.#line === "") this.#inBody = true;
    this.#line = "";
  }
}

function readStatus(line: string): number {
  const [version = "", status] = line.split(" ");
  if (!version.startsWith("HTTP/1.")) throw wrongAnswer("something else");
  if (Number(status) !== OK) throw wrongAnswer(`${status}`);
  return OK;
}

function wrongAddress(): ChoirError {
  return new ChoirError("input_invalid", "update", "http(s)://HOST[:PORT]/PATH", "something else");
}

function wrongAnswer(got: string): ChoirError {
  return new ChoirError("input_invalid", "update", `HTTP status ${OK}`, got);
}
