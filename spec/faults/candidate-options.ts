const text = { type: 'string', default: '' } as const;

/** What every program of a candidate is told at its start, for `parseArgs`. */
export const candidateOptions = {
  store: text,
  key: text,
  id: text,
  history: text,
  register: text,
} as const;
