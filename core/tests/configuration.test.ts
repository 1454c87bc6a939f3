/** The configuration: whose signature counts, how large it may be, and that its passwords print as nothing. */

import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { fromHex } from "../bytes.ts";
import { checkHostName } from "../host-name.ts";
import { Password } from "../password.ts";
import {
  type Configuration,
  decodeConfiguration,
  encodeConfiguration,
  MOST_CONFIGURATION_BYTES,
  openConfiguration,
  signConfiguration,
} from "../wire/configuration.ts";
import { sealEnvelope } from "../wire/envelope.ts";
import { signerOf, verifySignature } from "./machine.ts";
import { wireFile } from "./vectors.ts";

const code = (wanted: string) => expect.objectContaining({ name: "ChoirError", code: wanted });
const wire = wireFile();
const [vector] = wire.messages.filter(({ type }) => type === "configuration");
const signer = (name: string) => signerOf(fromHex(wire.seeds[name]?.seed ?? ""));
const [root, impostor] = [signer("root"), signer("provider")];
const configuration = decodeConfiguration(fromHex(vector?.payload ?? ""));
const open = (bytes: Uint8Array, pinned?: Uint8Array): Configuration =>
  openConfiguration(bytes, pinned, verifySignature);

describe("a configuration", () => {
  test("counts when the root that it names signed it, and with a pinned root only when that did", () => {
    const bytes = signConfiguration(configuration, root);
    expect(encodeConfiguration(open(bytes))).toEqual(encodeConfiguration(configuration));
    expect(encodeConfiguration(open(bytes, root.publicKey))).toEqual(encodeConfiguration(configuration));
    expect(() => open(bytes, impostor.publicKey)).toThrow(code("signature_wrong"));
    expect(() => open(signConfiguration(configuration, impostor))).toThrow(code("signature_wrong"));
    expect(() => open(signConfiguration(configuration, impostor), root.publicKey)).toThrow(code("signature_wrong"));
  });

  test("that another root signed and names is refused where a root is pinned", () => {
    const other = signConfiguration({ ...configuration, rootKey: impostor.publicKey }, impostor);
    expect(open(other).rootKey).toEqual(impostor.publicKey);
    expect(() => open(other, root.publicKey)).toThrow(code("signature_wrong"));
  });

  test("by the pinned root cannot name another one", () => {
    const other = signConfiguration({ ...configuration, rootKey: impostor.publicKey }, root);
    expect(() => open(other, root.publicKey)).toThrow(code("field_wrong"));
  });

  test("by a pinned root has its signature checked before anything in it is read", () => {
    const nonsense = sealEnvelope("configuration", Uint8Array.of(0xff), impostor);
    expect(() => open(nonsense, root.publicKey)).toThrow(code("signature_wrong"));
    expect(() => open(nonsense)).toThrow(code("cbor_malformed"));
  });

  test("is at most 64 KiB long, to the byte", () => {
    const fits = (rollBytes: number) => ({ ...configuration, roll: new Uint8Array(rollBytes) });
    const around = signConfiguration(fits(60_000), root).length - 60_000;
    const largest = signConfiguration(fits(MOST_CONFIGURATION_BYTES - around), root);
    expect(largest.length).toBe(MOST_CONFIGURATION_BYTES);
    expect(open(largest).roll.length).toBe(MOST_CONFIGURATION_BYTES - around);
    const tooLarge = fits(MOST_CONFIGURATION_BYTES - around + 1);
    expect(() => signConfiguration(tooLarge, root)).toThrow(code("length_wrong"));
    expect(() => open(sealEnvelope("configuration", encodeConfiguration(tooLarge), root))).toThrow(
      code("length_wrong"),
    );
  });

  test("is not signed when no meter would take it", () => {
    const { broker, metering } = configuration;
    expect(() => signConfiguration({ ...configuration, broker: { ...broker, port: 0 } }, root)).toThrow(
      code("value_out_of_range"),
    );
    expect(() => signConfiguration({ ...configuration, metering: { ...metering, statusMs: 0 } }, root)).toThrow(
      code("value_out_of_range"),
    );
    expect(() => signConfiguration({ ...configuration, sensors: [] }, root)).toThrow(code("value_out_of_range"));
  });

  test("prints its passwords as nothing, and no refusal tells one", () => {
    const secrets = [configuration.broker.password, configuration.wifi?.password].map((one) => one?.reveal() ?? "");
    expect(secrets.map((secret) => secret.length)).toEqual([8, 21]);
    const shown = `${inspect(configuration, { depth: 9 })} ${JSON.stringify(configuration)} ${configuration.broker.password}`;
    for (const secret of secrets) expect(shown).not.toContain(secret);
    expect(shown).toContain("Password(hidden)");
    const telling = "s3cret\u0007s3cret\u0007";
    const wrong = { ...configuration, wifi: { ssid: "home", password: new Password(telling) } };
    const message = refusalOf(() => signConfiguration(wrong, root));
    expect(message).toContain("field_wrong");
    expect(message).not.toContain("s3cret");
  });
});

function refusalOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return String(error);
  }
  return "nothing was refused";
}

test.each(["broker", "broker.example", "192.0.2.1", "0.0.0.0", "a-1.b2.3c", "7eleven.example", "A.B", "a".repeat(63)])(
  "%s is a host's name",
  (host) => {
    expect(checkHostName(host, "host")).toBe(host);
  },
);
