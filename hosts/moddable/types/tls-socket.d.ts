// The SDK's TLS socket, which comes without typings: what mcconfig compiles tls.ts with.

/** TLS over a socket that is described by the option `TCP`. */
export default class TLSSocket {
  close(): void;
}
