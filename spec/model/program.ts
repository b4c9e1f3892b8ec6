import fc from 'fast-check';

/** The candidates of a program. */
export const names = ['a', 'b', 'c'] as const;
export type Name = (typeof names)[number];

/** What can be done to a candidate, or to the process that it runs in. */
export const deeds = [
  'join',
  'resign',
  'stop', // in order
  'leave', // unsubscribes
  'expire', // the server ends its session
  'delete', // an operator deletes its claim
  'cut',
  'deafen', // what the server sends is late
  'mute', // what it sends is late
  'heal',
  'pause',
  'resume',
  'slow',
] as const;
export type Deed = (typeof deeds)[number];

/** Does something `after` so many milliseconds. */
interface Step {
  readonly after: number;
  readonly who: Name;
  readonly does: Deed;
}

export type Program = readonly Step[];

/** Of all candidates and processes; durations are milliseconds. */
export const ttl = 2_000;
export const retry = { initial: 100, longest: 500 } as const;

const waits = [0, 0, 5, 100, 300, 700, 1_200, 2_500];

/** Programs that use these deeds, `join` and `heal` more often than the others. */
export function programs(
  allowed: readonly Deed[] = deeds,
  { most = 24 }: { most?: number } = {},
): fc.Arbitrary<Program> {
  const often = (['join', 'join', 'heal', 'resume'] as const).filter((deed) =>
    allowed.includes(deed),
  );
  const step = fc.record({
    after: fc.constantFrom(...waits),
    who: fc.constantFrom(...names),
    does: fc.constantFrom(...allowed, ...often),
  });
  const joins = names.slice(0, 2).map((who): Step => ({ after: 0, who, does: 'join' }));
  return fc
    .array(step, { minLength: 3, maxLength: most, size: 'max' })
    .map((steps) => [...joins, ...steps]);
}

/** As it can be kept among the regressions. */
export function printed(program: Program): string {
  return program.map(({ after, who, does }) => `${after} ${who} ${does}`).join(', ');
}

/** The reverse of `printed`. */
export function parsed(text: string): Program {
  return text.split(', ').map((step) => {
    const [after, who, does] = step.split(' ');
    return { after: Number(after), who: who as Name, does: does as Deed };
  });
}
