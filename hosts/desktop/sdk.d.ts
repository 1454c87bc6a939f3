// What this room uses of the Moddable SDK and of XS beyond ES2022, so that the project compiles without the SDK; mcconfig compiles it with the SDK's own typings.

/** The C function of that name; the first argument of `call` becomes its xsThis. */
declare function native(name: string): { call(self: unknown, ...parameters: readonly unknown[]): unknown };

/** A line for the debugger; a release build has none. */
declare function trace(...text: readonly string[]): void;

interface ArrayBufferConstructor {
  /** UTF-8. */
  fromString(text: string): ArrayBuffer;
}

interface StringConstructor {
  /** UTF-8. */
  fromArrayBuffer(buffer: ArrayBuffer): string;
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
