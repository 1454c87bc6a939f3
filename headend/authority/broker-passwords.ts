/** Passwords of the broker's users: made once, kept in a file for their owner alone, and hashed for Mosquitto's `password_file`. */

import { createHash, pbkdf2Sync, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { Password } from "../../core/password.ts";
import { writeWhole } from "./deployment.ts";

/** 192 bits. */
const PASSWORD_BYTES = 24;
/** As `mosquitto_passwd` has them. More rounds would slow down guessing, and nobody guesses 192 bits. */
const ROUNDS = 101;
const SALT_BYTES = 12;
const HASH_BYTES = 64;

/** The password in a file, made now where there is none. */
export function passwordAt(path: string): Password {
  if (!existsSync(path)) writeWhole(path, `${randomBytes(PASSWORD_BYTES).toString("base64url")}\n`, true);
  return new Password(readFileSync(path, "utf8").trim());
}

/**
 * A line of Mosquitto's `password_file`: `$7$` is PBKDF2 with HMAC-SHA-512. The salt follows from the user's name, so that the same password gives the
 * same file; what a salt is for, that equal passwords look different, this one does.
 */
export function passwordLine(user: string, password: Password): string {
  const salt = createHash("sha256").update(`choir broker ${user}`).digest().subarray(0, SALT_BYTES);
  const hash = pbkdf2Sync(password.reveal(), salt, ROUNDS, HASH_BYTES, "sha512");
  return `${user}:$7$${ROUNDS}$${salt.toString("base64")}$${hash.toString("base64")}`;
}
