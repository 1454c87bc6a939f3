/** Sparklines (Tufte, "Beautiful Evidence", 2006): a row of numbers as a row of bars, one character each. */

const BARS = "▁▂▃▄▅▆▇█";

/** Bars from 0 to the greatest of `values`, so that their lengths compare; what is missing is a space, what is below 0 is as 0. */
export function sparkline(values: readonly (number | undefined)[]): string {
  const greatest = Math.max(0, ...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === undefined) return " ";
      const bar = Math.ceil((value / greatest) * BARS.length) - 1;
      return BARS[Math.max(0, bar)] ?? BARS[0];
    })
    .join("");
}
