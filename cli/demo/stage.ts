import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defer, filter, Subject, take, throwError, timeout, type Observable } from 'rxjs';
import { CandidateProcess } from './candidate-process.js';
import { Picture } from './picture.js';

const moment = 100; // milliseconds of a sign in the picture
const patience = 30_000;

/** The processes of the demo, on a local store of their own, and what happens to them. */
export class Stage {
  readonly picture = new Picture();
  readonly candidates: readonly CandidateProcess[];
  /** What people are told, as it happens. */
  readonly news$: Observable<string> = defer(() => this.#news$);
  readonly #news$ = new Subject<string>();
  readonly #changes$ = new Subject<CandidateProcess>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'rx-leadership-demo-'));
  readonly #began = performance.now();
  readonly #camera: NodeJS.Timeout;
  readonly #tokens: bigint[] = [];
  #killedAt: number | undefined;

  constructor(ids: readonly string[]) {
    const url = `${pathToFileURL(this.#folder).href}?ttl=3000`;
    this.candidates = ids.map((id) => new CandidateProcess(id, url, (who) => this.#changed(who)));
    this.#camera = setInterval(() => {
      for (const { id, standing } of this.candidates) this.picture.add(id, standing);
    }, moment);
  }

  get leader(): CandidateProcess | undefined {
    return this.candidates.find(({ standing }) => standing === 'leads');
  }

  /** Whether each term had a larger token than the one before it. */
  get isInOrder(): boolean {
    return this.#tokens.every((token, index) => token > (this.#tokens[index - 1] ?? 0n));
  }

  /** Resolves with who leads, other than `before`. */
  leads(before?: CandidateProcess): Promise<CandidateProcess> {
    const { leader } = this;
    if (leader !== undefined && leader !== before) return Promise.resolve(leader);
    return this.#next(({ standing }) => standing === 'leads');
  }

  /** Resolves when this one has a place in the queue, or leads. */
  settles(candidate: CandidateProcess): Promise<unknown> {
    return this.#next((changed) => changed === candidate && changed.standing !== 'joins');
  }

  /** Kills the leader; it is started again after a while. */
  killLeader(): CandidateProcess | undefined {
    const { leader } = this;
    if (leader === undefined) return undefined;
    this.say(`${leader.id} is killed`);
    this.#killedAt = performance.now();
    leader.signal('SIGKILL');
    return leader;
  }

  say(what: string): void {
    const time = ((performance.now() - this.#began) / 1_000).toFixed(2);
    this.#news$.next(`${time.padStart(6)} s  ${what}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.candidates.map((candidate) => candidate.leave()));
    clearInterval(this.#camera);
    this.#news$.complete();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #next(wanted: (candidate: CandidateProcess) => boolean): Promise<CandidateProcess> {
    const failLate = () => throwError(() => new Error('the demo: nothing happens'));
    return new Promise((resolve, reject) => {
      this.#changes$
        .pipe(filter(wanted), take(1), timeout({ first: patience, with: failLate }))
        .subscribe({ next: resolve, error: reject });
    });
  }

  #changed(candidate: CandidateProcess): void {
    const { id, standing, token } = candidate;
    if (standing === 'leads' && token !== undefined) {
      this.#tokens.push(token);
      this.say(`${id} leads with token ${String(token)}${this.#sinceKilled()}`);
    }
    this.#changes$.next(candidate);
  }

  #sinceKilled(): string {
    const since = this.#killedAt;
    this.#killedAt = undefined;
    return since === undefined
      ? ''
      : `, ${(performance.now() - since).toFixed()} ms after the kill`;
  }
}
