/** What may happen next. */
export type Step<W> = readonly [label: string, world: W];

export interface Model<W> {
  readonly start: W;
  /** Equal for worlds that are the same but for names. */
  key(world: W): string;
  steps(world: W): Iterable<Step<W>>;
  /** What must never be, if this is it. */
  forbidden(world: W): string | undefined;
}

export interface Explored {
  readonly states: number;
  /** Whether every state that can be reached was seen. */
  readonly complete: boolean;
  /** What was found first, and a shortest way to it. */
  readonly found: { readonly what: string; readonly trace: readonly string[] } | undefined;
}

/** Visits every state once, breadth-first, until a forbidden one is found. */
export function explore<W>(model: Model<W>, most = Infinity): Explored {
  let worlds: (readonly [W, number])[] = [[model.start, 0]];
  const known = new Set([model.key(model.start)]);
  const before = [-1];
  const labels = [''];

  const traceTo = (at: number): string[] => {
    const trace: string[] = [];
    for (let each = at; each > 0; each = before[each]!) trace.unshift(labels[each]!);
    return trace;
  };

  while (worlds.length > 0) {
    const next: typeof worlds = [];
    for (const [world, at] of worlds) {
      for (const [label, reached] of model.steps(world)) {
        const key = model.key(reached);
        if (known.has(key)) continue;
        known.add(key);
        before.push(at);
        const number = labels.push(label) - 1;
        const what = model.forbidden(reached);
        const states = known.size;
        if (what !== undefined)
          return { states, complete: false, found: { what, trace: traceTo(number) } };
        if (states >= most) return { states, complete: false, found: undefined };
        next.push([reached, number]);
      }
    }
    worlds = next;
  }
  return { states: known.size, complete: true, found: undefined };
}
