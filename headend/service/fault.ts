/** What a caught value says of itself. */

/** Its `code`, as errors of Node and LevelDB have one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
