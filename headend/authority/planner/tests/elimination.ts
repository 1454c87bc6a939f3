/** Linear algebra over the rationals, exact by BigInt fractions: what any combination of known sums can tell, by elimination and by trying. */

/** numerator / denominator, the denominator positive, in lowest terms. */
interface Rational {
  readonly over: bigint;
  readonly under: bigint;
}

type Row = readonly Rational[];

function rational(over: bigint, under = 1n): Rational {
  const sign = under < 0n ? -1n : 1n;
  let [a, b] = [over < 0n ? -over : over, under < 0n ? -under : under];
  while (b !== 0n) [a, b] = [b, a % b];
  return { over: (sign * over) / a, under: (sign * under) / a };
}

const minus = (a: Rational, b: Rational): Rational => rational(a.over * b.under - b.over * a.under, a.under * b.under);
const times = (a: Rational, b: Rational): Rational => rational(a.over * b.over, a.under * b.under);
const by = (a: Rational, b: Rational): Rational => rational(a.over * b.under, a.under * b.over);

/** The reduced row echelon form of the rows, without rows of zeros: a basis of all their combinations (Gauss and Jordan). */
function basis(rows: readonly Row[]): readonly Row[] {
  const left = rows.map((row) => [...row]);
  const done: Rational[][] = [];
  for (let column = 0; column < (rows[0]?.length ?? 0); column++) {
    const at = left.findIndex((row) => row[column]?.over !== 0n);
    if (at < 0) continue;
    // findIndex found it, and it is not zero there
    const pivotRow = left.splice(at, 1)[0] as Rational[];
    const pivot = pivotRow[column] as Rational;
    const unit = pivotRow.map((value) => by(value, pivot));
    for (const row of [...left, ...done]) {
      // rows are of one length
      const factor = row[column] as Rational;
      if (factor.over === 0n) continue;
      for (const [i, value] of unit.entries()) row[i] = minus(row[i] as Rational, times(factor, value));
    }
    done.push(unit);
  }
  return done;
}

/** What is known: sums of sets of meters. */
export class Knowledge {
  readonly #meters: readonly string[];
  readonly #basis: readonly Row[];

  /** @param sums each the set of meters whose loads it adds up */
  constructor(meters: readonly string[], sums: readonly ReadonlySet<string>[]) {
    this.#meters = meters;
    this.#basis = basis(sums.map((sum) => meters.map((meter) => rational(sum.has(meter) ? 1n : 0n))));
  }

  /** Whether some combination of the sums is about these meters alone, and about at least one of them. */
  tellsOf(meters: ReadonlySet<string>): boolean {
    const others = this.#basis.map((row) => row.filter((_, i) => !meters.has(this.#meters[i] ?? "")));
    // combinations that vanish on all others exist exactly when the rows depend on each other there
    return basis(others).length < this.#basis.length;
  }

  /** Whether every combination gives two meters the same weight. */
  weighsAlike(one: string, other: string): boolean {
    const [a, b] = [this.#meters.indexOf(one), this.#meters.indexOf(other)];
    return this.#basis.every((row) => minus(row[a] as Rational, row[b] as Rational).over === 0n);
  }

  /** The smallest set of meters that some combination is about alone, of fewer than `size` meters, by trying every set; undefined when there is none. */
  finest(size: number): ReadonlySet<string> | undefined {
    for (let count = 1; count < size; count++) {
      for (const set of subsets(this.#meters, count)) if (this.tellsOf(set)) return set;
    }
    return undefined;
  }
}

function* subsets(items: readonly string[], count: number, from = 0): Generator<ReadonlySet<string>> {
  if (count === 0) yield new Set();
  for (let i = from; count > 0 && i < items.length; i++) {
    // i is below the length
    for (const rest of subsets(items, count - 1, i + 1)) yield new Set([items[i] as string, ...rest]);
  }
}
