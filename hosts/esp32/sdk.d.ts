// What this room uses of the Moddable SDK and of XS beyond ES2022, so that the project compiles without the SDK; mcconfig compiles it with the SDK's own typings.

/** The C function of that name; the first argument of `call` becomes its xsThis. */
declare function native(name: string): { call(self: unknown, ...parameters: readonly unknown[]): unknown };

/** A line for the debugger; a release build has none. */
declare function trace(...text: readonly string[]): void;

declare module "mc/config" {
  /** The manifest's `config`, and what the build adds to it. */
  const config: Readonly<Record<string, unknown>>;
  export default config;
}

declare module "embedded:storage/key-value" {
  export class Storage {
    /** Undefined for a key that is not there. */
    read(key: string): ArrayBuffer;
    write(key: string, value: Uint8Array): void;
    delete(key: string): void;
    [Symbol.iterator](): IterableIterator<string>;
  }
  const KeyValueStorage: { open(options: { readonly path: string; readonly format: "buffer" }): Storage };
  export default KeyValueStorage;
}

declare module "embedded:storage/flash" {
  export class Flash {
    /** Whole sectors, by their number; the end is not erased. */
    eraseBlock(start: number, end: number): void;
    read(byteLength: number, byteOffset: number): ArrayBuffer;
    write(bytes: Uint8Array, byteOffset: number): void;
    status(): { readonly size: number };
  }
  const FlashStorage: { open(options: { readonly path: string; readonly mode?: "r" | "r+" }): Flash };
  export default FlashStorage;
}

declare module "embedded:update" {
  import type { Flash } from "embedded:storage/flash";
  export interface Updater {
    write(bytes: Uint8Array): void;
    complete(): void;
    close(): void;
  }
  const Update: { open(options: { readonly partition: Flash; readonly mode: "a" | "w" }): Updater };
  export default Update;
}

declare module "embedded:io/digital" {
  export default class Digital {
    static readonly InputPullUp: number;
    static readonly Output: number;
    constructor(options: { readonly pin: number; readonly mode: number });
    read(): 0 | 1;
    write(value: 0 | 1): void;
  }
}

declare module "neopixel" {
  /** Lights of the kind WS2812. */
  export default class NeoPixel {
    constructor(options: { readonly pin: number; readonly length: number; readonly order: string });
    makeRGB(red: number, green: number, blue: number): number;
    setPixel(index: number, colour: number): void;
    update(): void;
  }
}

declare module "embedded:io/socket/tcp" {
  export default class TCP {
    close(): void;
  }
}

declare module "embedded:io/socket/udp" {
  export default class UDP {
    constructor(options: { readonly onReadable: (packets: number) => void });
    read(): ArrayBuffer;
    write(bytes: Uint8Array, address: string, port: number): void;
  }
}

declare module "embedded:network/interface/wifi" {
  export default class WiFi {
    constructor(options: { readonly onChanged: () => void });
    connect(options: { readonly SSID: string; readonly password?: string }): void;
    disconnect(): void;
    /** 200 apart, 300 on its way, 400 joined, 500 with an address. */
    readonly connection: number;
    readonly RSSI: number | undefined;
  }
}
