import { createInterface } from 'node:readline';

/** In a program that `Worker` runs: writes one event. Nothing else may go to standard output. */
export function tell(event: unknown): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** In a program that `Worker` runs: calls `listener` with each command. Keeps the process alive. */
export function onCommand(listener: (command: unknown) => void): void {
  createInterface({ input: process.stdin }).on('line', (line) => listener(JSON.parse(line)));
}
