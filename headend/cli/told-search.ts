/** Tells on stderr that safe primes are being searched, how many there are, and how long it has taken so far. */

/** How often it says that it goes on, in ms. */
const AGAIN_MS = 5000;

/**
 * Runs a search for two primes.
 * @param search is handed what to call with the number found so far
 */
export async function toldSearch<T>(
  search: (found: (primes: number) => void) => Promise<T>,
  out: { write(text: string): unknown },
): Promise<T> {
  const startMs = performance.now();
  const say = (text: string): void => {
    out.write(`safe primes: ${text} (${Math.round((performance.now() - startMs) / 1000)} s)\n`);
  };
  say("searching two, which takes seconds to a minute");
  const again = setInterval(() => say("still searching"), AGAIN_MS);
  try {
    return await search((primes) => say(`found ${primes} of 2`));
  } finally {
    clearInterval(again);
  }
}
