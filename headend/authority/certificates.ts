/** Certificates of the authorities that a meter trusts for its broker: from PEM or DER files to the DER that goes into configurations. */

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ChoirError } from "../../core/errors.ts";
import { checkCertificate } from "../../core/wire/reach.ts";

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * All certificates of the files, in their order: any number in a PEM file, one in a DER file.
 * @param nowMs UTC: a certificate that is no longer valid is refused
 * @throws ChoirError input_invalid for a file without a certificate, for one that is no authority's and for one that has expired;
 *   field_wrong, length_wrong for one that no meter takes.
 */
export function readAuthorities(files: readonly string[], nowMs: number): readonly Uint8Array[] {
  return files.flatMap((file) => readFile(file).map((one) => checkAuthority(one, file, nowMs)));
}

function readFile(file: string): readonly X509Certificate[] {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (cause) {
    throw new ChoirError("input_invalid", file, "certificates in PEM, or one in DER", "no readable file", cause);
  }
  const blocks = content.toString("latin1").match(PEM);
  try {
    return (blocks ?? [content]).map((one) => new X509Certificate(one));
  } catch (cause) {
    throw new ChoirError("input_invalid", file, "certificates in PEM, or one in DER", "something else", cause);
  }
}

function checkAuthority(certificate: X509Certificate, file: string, nowMs: number): Uint8Array {
  if (!certificate.ca) {
    throw new ChoirError("input_invalid", file, "certificates of authorities (CA:TRUE)", certificate.subject ?? "");
  }
  if (Date.parse(certificate.validTo) < nowMs) {
    throw new ChoirError("input_invalid", file, "certificates that are valid", `one until ${certificate.validTo}`);
  }
  return checkCertificate(new Uint8Array(certificate.raw), file);
}
