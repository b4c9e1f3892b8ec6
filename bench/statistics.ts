/** The median and the quartiles between which half of all values lie. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
  };
}

export function median(values: readonly number[]): number {
  return spread(values).median;
}

/** Each value divided by that of the same round on the other side. */
export function ratios(values: readonly number[], by: readonly number[]): number[] {
  return values.map((value, index) => value / (by[index] ?? NaN));
}

/** In an order of its own each time: so nobody always comes after the same one. */
export function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

function quantile(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part;
  const [below, above] = [Math.floor(position), Math.ceil(position)];
  const [a = NaN, b = NaN] = [sorted[below], sorted[above]];
  return a + (b - a) * (position - below);
}
