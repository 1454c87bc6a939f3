/**
 * TLS for the uplink: the SDK's TLS 1.2 client over its TCP socket. It checks the broker's name and dates against authorities in DER, so the clock
 * must be set before, and the broker must send its own certificate and the one that issued it (docs/OPERATIONS.md, TLS).
 */

import TCP from "embedded:io/socket/tcp";
import TLSSocket from "embedded:io/socket/tcp/tls";
import CertificateManager from "ssl/cert";

/** What the SDK's sockets are made with, as far as it is looked at here. */
interface SocketOptions {
  readonly onReadable?: (bytes: number) => void;
  readonly onWritable?: (bytes: number) => void;
  readonly onError?: () => void;
}

/**
 * A socket's description for `ModdableUplink`.
 * @param authorities certificates in DER that may vouch for the broker; no other may
 * @param failed told why a handshake or a record was refused; the connection breaks then
 */
export function tlsSocket(
  authorities: readonly Uint8Array[],
  failed: (why: unknown) => void,
): Readonly<Record<string, unknown>> {
  for (const authority of authorities) CertificateManager.register(authority);
  /** What TLS refuses it throws, out of a callback of the socket: there it would end the app. */
  class GuardedTCP extends TCP {
    constructor(options: SocketOptions & ConstructorParameters<typeof TCP>[0]) {
      const { onReadable, onWritable, onError } = options;
      const guarded = (callback: ((bytes: number) => void) | undefined) => (bytes: number) => {
        try {
          callback?.(bytes);
        } catch (error) {
          failed(error);
          onError?.();
        }
      };
      super({ ...options, onReadable: guarded(onReadable), onWritable: guarded(onWritable) });
    }
  }
  return { io: TLSSocket, TCP: { io: GuardedTCP }, secure: {} };
}
