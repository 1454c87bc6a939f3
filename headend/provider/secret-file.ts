/** The file that holds the factors of n, as `choir authority new` writes it: JSON, readable by its owner alone. */

import { readFileSync } from "node:fs";
import * as v from "valibot";
import { ChoirError } from "../../core/errors.ts";
import { SecretKey } from "../../core/secret/key-pair.ts";
import { checkOwnersAlone } from "../service/owner-file.ts";

const Hex = v.pipe(v.string(), v.regex(/^[0-9a-fA-F]+$/));
const SecretFile = v.strictObject({ p: Hex, q: Hex });

/** The secret key in a file. Errors tell nothing of its content. @throws ChoirError config_invalid, also when others may read it. */
export function readSecretKey(path: string): SecretKey {
  try {
    checkOwnersAlone(path);
    const { p, q } = v.parse(SecretFile, JSON.parse(readFileSync(path, "utf8")));
    return new SecretKey(BigInt(`0x${p}`), BigInt(`0x${q}`));
  } catch (error) {
    if (error instanceof ChoirError) throw error;
    // causes of other errors could quote the file
    throw new ChoirError("config_invalid", path, 'a secret key file {"p": hex, "q": hex}', "no readable one");
  }
}
