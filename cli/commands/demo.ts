import type { Command } from 'commander';
import { emitKeypressEvents } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  filter,
  firstValueFrom,
  fromEvent,
  interval,
  map,
  merge,
  scan,
  startWith,
  Subject,
  tap,
} from 'rxjs';
import { Picture } from '../demo/picture.js';
import { Stage } from '../demo/stage.js';
import { CommandError, exitCodes } from '../exit-codes.js';
import { hasColour, print } from '../output.js';
import { leave$ } from '../signals.js';

const pause = 1_500; // so that eyes can follow, in milliseconds

export function demo(program: Command): void {
  program
    .command('demo')
    .summary('see processes elect, lose and replace a leader')
    .description(
      'Starts three candidates, each a process of its own, on a local store of their own, and shows who leads as lines of time. A key press kills the leader; without a terminal that happens by itself.',
    )
    .action(async () => {
      const stage = new Stage(['ann', 'bob', 'cleo']);
      try {
        await (process.stdout.isTTY && process.stdin.isTTY ? play(stage) : tell(stage));
      } finally {
        await stage.close();
      }
      if (!stage.isInOrder)
        throw new CommandError(exitCodes.lost, 'a token was not larger than the one before it');
    });
}

/** Without a terminal: the same each time, line by line, and the whole picture at the end. */
async function tell(stage: Stage): Promise<void> {
  stage.news$.subscribe({ next: print, error: print });
  const story = async () => {
    await begin(stage);
    await sleep(pause);
    const killed = stage.killLeader();
    const second = await stage.leads(killed);
    await sleep(pause);
    stage.say(`${second.id} is told to leave, and hands over`);
    await second.leave();
    const third = await stage.leads(second);
    await sleep(pause);
    if (killed !== undefined) {
      stage.say(`${killed.id} is started again, and waits`);
      await startAndSettle(stage, killed);
    }
    await sleep(pause / 2);
    stage.killLeader();
    await stage.leads(third);
    await sleep(pause);
  };
  const left = leave$.pipe(map(() => 'left' as const));
  await firstValueFrom(merge(story(), left), { defaultValue: undefined });
  for (const line of ['', ...stage.picture.draw(1_000), '', Picture.legend]) print(line);
}

/** One after the other, so that their order in the queue is that of their names. */
async function begin(stage: Stage): Promise<void> {
  stage.say(`${stage.candidates.map(({ id }) => id).join(', ')} run for election`);
  for (const candidate of stage.candidates) await startAndSettle(stage, candidate);
}

async function startAndSettle(stage: Stage, candidate: Stage['candidates'][number]): Promise<void> {
  const settled = stage.settles(candidate);
  candidate.start();
  await settled;
}

/** On a terminal: a picture that moves, until q or Ctrl-C. */
async function play(stage: Stage): Promise<void> {
  const quit$ = new Subject<void>();
  const { stdin, stdout } = process;
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  const keys$ = fromEvent(
    stdin,
    'keypress',
    (_text: unknown, key: { name?: string; ctrl?: boolean }) => key,
  ).pipe(
    tap(({ name, ctrl }) => {
      if (name === 'q' || (ctrl === true && name === 'c')) quit$.next();
      else revive(stage, stage.killLeader());
    }),
    filter(() => false),
  );
  const news$ = stage.news$.pipe(
    scan((last: readonly string[], line) => [...last, line].slice(-6), []),
    startWith([]),
  );
  let news: readonly string[] = [];
  const frames$ = merge(news$.pipe(tap((last) => (news = last))), interval(100)).pipe(
    tap(() => stdout.write(frame(stage, news))),
    filter(() => false),
  );
  stdout.write('\u001b[?25l\u001b[2J'); // no cursor, an empty screen
  void begin(stage).catch(() => undefined); // left meanwhile
  try {
    await firstValueFrom(merge(quit$, leave$, keys$, frames$), { defaultValue: undefined });
  } finally {
    stdout.write('\u001b[?25h\n');
    stdin.setRawMode(false);
    stdin.pause();
  }
}

function revive(stage: Stage, killed: Stage['candidates'][number] | undefined): void {
  if (killed === undefined) return;
  setTimeout(() => {
    stage.say(`${killed.id} is started again`);
    killed.start();
  }, 2 * pause).unref();
}

function frame(stage: Stage, news: readonly string[]): string {
  const width = Math.max(20, process.stdout.columns - 8);
  const green = (text: string) =>
    hasColour(process.stdout) ? `\u001b[32m${text}\u001b[39m` : text;
  const help = 'any key kills the leader, q leaves';
  const lines = [help, '', ...stage.picture.draw(width, green), '', Picture.legend, '', ...news];
  return `\u001b[H${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`;
}
