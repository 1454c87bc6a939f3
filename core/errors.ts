/** The one error class of Choir: a closed set of codes, the name of what was checked, what was expected and what came. */

/** Every way in which an input, a message or a store can be wrong; wire decoders give each fault its own code. */
export type ErrorCode =
  // files, flags and arguments
  | "input_invalid"
  | "config_invalid"
  // wire decoding
  | "cbor_malformed"
  | "bytes_left_over"
  | "type_wrong"
  | "version_unknown"
  | "field_wrong"
  | "length_wrong"
  | "value_out_of_range"
  | "ciphertext_out_of_range"
  // trust
  | "signature_wrong"
  | "signer_unknown"
  | "member_unknown"
  | "key_unknown"
  | "key_too_short"
  | "roll_unknown"
  | "version_not_higher"
  | "base_wrong"
  | "proof_wrong"
  | "countersignatures_missing"
  | "key_published"
  | "sealing_wrong"
  // intake and ledger
  | "interval_in_future"
  | "interval_closed"
  | "sealed_twice"
  | "rho_repeated"
  | "intake_full"
  | "store_corrupt"
  | "store_version_unknown"
  // plan and opening
  | "group_too_small"
  | "block_unknown"
  | "block_counted_twice"
  | "block_not_whole"
  | "product_wrong"
  | "count_wrong"
  | "guard_bits_set"
  | "nothing_to_open"
  | "shares_missing"
  // the meter
  | "entropy_unseeded"
  | "register_corrupt"
  | "pool_entry_spent"
  | "burnt_already"
  | "outbox_full"
  | "table_wrong"
  | "link_down"
  // hosts
  | "engine_failed"
  | "engine_absent"
  | "broker_failed"
  | "device_failed";

/** Thrown by every check in Choir. The message never holds a secret: callers pass descriptions, not values, for those. */
export class ChoirError extends Error {
  // a field, not an assignment: where the built-in prototypes are frozen, Error.prototype.name cannot be assigned over
  override readonly name = "ChoirError";
  readonly code: ErrorCode;
  /** What was checked, e.g. `reading.ciphertext`. */
  readonly subject: string;
  readonly expected: string;
  readonly got: string;

  constructor(code: ErrorCode, subject: string, expected: string, got: string, cause?: unknown) {
    super(`${subject}: expected ${expected}, got ${got} (${code})`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.subject = subject;
    this.expected = expected;
    this.got = got;
  }
}

/** True when `error` is a ChoirError with that code. */
export function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof ChoirError && error.code === code;
}
