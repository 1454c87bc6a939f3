/** How a meter reaches its broker: host, certificates of the authorities it trusts, login, and radio (docs/PROTOCOL.md, Configuration). */

import { ChoirError } from "../errors.ts";
import { checkHostName } from "../host-name.ts";
import { Password } from "../password.ts";
import { type CborValue, Fields } from "./cbor.ts";

/** The broker. */
export interface Broker {
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
  /** DER of the authorities that may vouch for the broker, 1 to 4; none: no TLS. */
  readonly authorities: readonly Uint8Array[] | undefined;
  readonly user: string | undefined;
  /** None without a user (MQTT 3.1.1, 3.1.2.9). */
  readonly password: Password | undefined;
}

/** A radio network. */
export interface Wifi {
  /** 1 to 32 bytes in UTF-8. */
  readonly ssid: string;
  /** 8 to 63 printable ASCII characters (IEEE 802.11, a passphrase); none for an open network. */
  readonly password: Password | undefined;
}

/** Bounds of one certificate in DER, in bytes. */
export const CERTIFICATE_BYTES = { least: 64, most: 4_096 } as const;
const MOST_AUTHORITIES = 4;
const MOST_PORT = 65_535;
const MOST_LOGIN_BYTES = 256;
const SSID_BYTES = 32;
const PASSPHRASE = { least: 8, most: 63 } as const;
const SEQUENCE = 0x30;

export function brokerToCbor(broker: Broker): CborValue {
  const { host, port, authorities, user, password } = broker;
  return [host, port, authorities ?? null, user ?? null, password?.reveal() ?? null];
}

export function wifiToCbor({ ssid, password }: Wifi): CborValue {
  return [ssid, password?.reveal() ?? null];
}

/** @throws ChoirError field_wrong, length_wrong, value_out_of_range. */
export function readBroker(one: Fields, name: string): Broker {
  const user = one.isNull(3) ? undefined : loginText(one.text(3, "user"), `${name}.user`);
  const password = one.isNull(4) ? undefined : new Password(loginText(one.text(4, "password"), `${name}.password`));
  if (user === undefined && password !== undefined) {
    throw new ChoirError("field_wrong", `${name}.password`, "none without a user", "one");
  }
  return {
    host: checkHostName(one.text(0, "host"), `${name}.host`),
    port: one.between(1, "port", 1, MOST_PORT),
    authorities: one.isNull(2) ? undefined : readAuthorities(one, `${name}.authorities`),
    user,
    password,
  };
}

/** @throws ChoirError field_wrong, length_wrong. */
export function readWifi(one: Fields, name: string): Wifi {
  const ssid = one.text(0, "ssid");
  checkBytes(utf8Bytes(ssid), 1, SSID_BYTES, `${name}.ssid`);
  return {
    ssid: checkCharacters(ssid, isNoControl, `${name}.ssid`),
    password: one.isNull(1) ? undefined : new Password(passphrase(one.text(1, "password"), `${name}.password`)),
  };
}

/**
 * Refuses what cannot be a certificate: anything but one SEQUENCE in DER (X.690, 10.1) of 64 to 4,096 bytes.
 * @throws ChoirError field_wrong, length_wrong.
 */
export function checkCertificate(der: Uint8Array, name: string): Uint8Array {
  const { least, most } = CERTIFICATE_BYTES;
  checkBytes(der.length, least, most, name);
  // with these bounds the length of the content takes one byte below 128, else two or three, in its shortest form
  const [tag, first, second = 0, third = 0] = der;
  const rest = der.length - 2;
  const sound =
    (rest < 0x80 && first === rest) ||
    (first === 0x81 && second >= 0x80 && second === rest - 1) ||
    (first === 0x82 && second >= 0x01 && second * 256 + third === rest - 2);
  if (tag !== SEQUENCE || !sound) throw new ChoirError("field_wrong", name, "one SEQUENCE in DER", "something else");
  return der;
}

function readAuthorities(broker: Fields, name: string): readonly Uint8Array[] {
  const authorities = broker.list(2, "authorities", (value, label) =>
    // kept for as long as there are connections, where the rest of the message is let go
    checkCertificate(new Fields([value], label, 1).bytes(0, "certificate").slice(), label),
  );
  if (authorities.length < 1 || authorities.length > MOST_AUTHORITIES) {
    throw new ChoirError("value_out_of_range", name, `1 to ${MOST_AUTHORITIES} certificates`, `${authorities.length}`);
  }
  return authorities;
}

function loginText(text: string, name: string): string {
  checkBytes(utf8Bytes(text), 1, MOST_LOGIN_BYTES, name);
  return checkCharacters(text, isNoControl, name);
}

function passphrase(text: string, name: string): string {
  checkBytes(utf8Bytes(text), PASSPHRASE.least, PASSPHRASE.most, name);
  return checkCharacters(text, isPrintableAscii, name);
}

function checkBytes(bytes: number, least: number, most: number, name: string): void {
  if (bytes < least || bytes > most)
    throw new ChoirError("length_wrong", name, `${least} to ${most} bytes`, `${bytes}`);
}

/** The text itself is not told: it may be a password. */
function checkCharacters(text: string, isAllowed: (code: number) => boolean, name: string): string {
  for (let i = 0; i < text.length; i++) {
    if (!isAllowed(text.charCodeAt(i))) throw new ChoirError("field_wrong", name, "printable characters", "others");
  }
  return text;
}

function isNoControl(code: number): boolean {
  return code >= 0x20 && code !== 0x7f;
}

function isPrintableAscii(code: number): boolean {
  return code >= 0x20 && code < 0x7f;
}

/** Bytes of the text in UTF-8. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
