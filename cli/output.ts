/** Data for programs: one line on standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Words for people: one line on standard error, so that it never mixes with data. */
export function say(line: string): void {
  process.stderr.write(`rx-leadership: ${line}\n`);
}

/** Whether a stream shows colours: a terminal does, unless the user has said no. See no-color.org. */
export function hasColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, TERM } = process.env;
  return stream.isTTY && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
}

/** An error in one line, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
