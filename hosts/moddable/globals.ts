/** Globals that cborg makes instances of while it loads, in XS's own terms, so that cborg can be preloaded: UTF-8, whole texts. */

class Encoder {
  encode(text: string): Uint8Array {
    return new Uint8Array(ArrayBuffer.fromString(text));
  }
}

class Decoder {
  /** @throws TypeError for bytes that are no UTF-8. */
  decode(bytes: Uint8Array): string {
    return String.fromArrayBuffer(bytes.slice().buffer);
  }
}

Object.assign(globalThis, { TextDecoder: Decoder, TextEncoder: Encoder });
