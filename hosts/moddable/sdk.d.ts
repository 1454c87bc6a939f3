// What this room uses of the Moddable SDK and of XS beyond ES2022, so that the project compiles without the SDK; mcconfig compiles it with the SDK's own typings.

/** The C function of that name; the first argument of `call` becomes its xsThis. */
declare function native(name: string): { call(self: unknown, ...parameters: readonly unknown[]): unknown };

/** The class of host objects whose C data the function of that name frees. */
declare function Native(name: string): new () => object;

interface BigIntConstructor {
  /** Big-endian. */
  fromArrayBuffer(buffer: ArrayBuffer): bigint;
}

interface ArrayBufferConstructor {
  /** Big-endian, padded to `minimumBytes`. */
  fromBigInt(value: bigint, minimumBytes?: number): ArrayBuffer;
  /** UTF-8. */
  fromString(text: string): ArrayBuffer;
}

interface StringConstructor {
  /** UTF-8. */
  fromArrayBuffer(buffer: ArrayBuffer): string;
}

declare module "timer" {
  class Timer {
    private constructor();
    /** Once, in whole ms. */
    static set(callback: () => void, delayMs: number): Timer;
    static clear(timer: Timer | undefined): void;
    private readonly brand: boolean;
  }

  export { Timer as default };
}

declare module "net" {
  const Net: {
    resolve(name: string, callback: (name: string, address?: string) => void): void;
  };

  export { Net as default };
}

declare module "embedded:network/mqtt/client" {
  /** ECMA-419's MQTT client; the SDK's typings lag behind what it takes, so uplink.ts states the methods that it uses. */
  export default class MQTTClient {
    constructor(options: {
      readonly host: string;
      readonly port: number;
      readonly id: string;
      readonly clean: boolean;
      readonly keepAlive: number;
      readonly will?: unknown;
      readonly dns: Record<string, unknown>;
      readonly socket: Record<string, unknown>;
      readonly onReadable: (bytes: number, message: { readonly more: boolean; readonly topic?: string }) => void;
      readonly onWritable: (bytes: number) => void;
      readonly onControl: (message: unknown) => void;
      readonly onError: () => void;
    });
    static readonly CONNACK: 2;
    static readonly PUBACK: 4;
    static readonly SUBSCRIBE: 8;
    static readonly SUBACK: 9;
    static readonly DISCONNECT: 14;
  }
}

declare module "lib/0uint" {
  /** A module of cborg, by the name that it has in manifest.json. */
  export const uintBoundaries: (number | bigint)[];
}

declare module "embedded:io/socket/tcp" {
  export default class TCP {
    constructor(options: {
      readonly address: string;
      readonly port: number;
      readonly onReadable?: (bytes: number) => void;
      readonly onWritable?: (bytes: number) => void;
      readonly onError?: () => void;
    });
    read(bytes: number): ArrayBuffer | number;
    write(bytes: ArrayBuffer | Uint8Array): void;
    close(): void;
  }
}

declare module "embedded:io/socket/tcp/tls" {
  /** TLS over a socket that is described by the option `TCP`. */
  export default class TLSSocket {
    close(): void;
  }
}

declare module "ssl/cert" {
  const CertificateManager: {
    /** Who may vouch for a server, for every connection from now on; once for each certificate. */
    register(der: Uint8Array): void;
  };
  export default CertificateManager;
}
