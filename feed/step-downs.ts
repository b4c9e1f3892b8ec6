import type { IncomingMessage, ServerResponse } from 'node:http';
import { firstValueFrom, map, Subject, takeUntil, timeout, TimeoutError } from 'rxjs';
import { isLeadershipError } from '../lib/errors.js';
import { reply } from './answers.js';
import type { Shown } from './board.js';
import type { FeedRules } from './options.js';

/** More than any key and token need. */
const longestBody = 4_096;

/** Answers requests that ask a leader to step down: one at a time of each election. */
export class StepDowns {
  readonly #rules: FeedRules;
  readonly #shown: (key: string) => Shown | undefined;
  /** The term of each election that was asked last, while that is under way, and after it has ended. */
  readonly #asked = new Map<string, string>();
  readonly #closed$ = new Subject<void>();

  constructor(rules: FeedRules, shown: (key: string) => Shown | undefined) {
    this.#rules = rules;
    this.#shown = shown;
  }

  /** Takes back all wishes. */
  close(): void {
    this.#closed$.next();
  }

  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    may: () => Promise<boolean>,
  ): Promise<void> {
    if (this.#rules.stepDown === undefined) reply(response, 404, { error: 'not switched on' });
    else if (request.method !== 'POST')
      reply(response.setHeader('allow', 'POST'), 405, { error: 'only POST' });
    else if (!isOfOwnPage(request)) reply(response, 403, { error: 'asked by another site' });
    else if (!(await may())) reply(response, 403, { error: 'not allowed' });
    else {
      const wish = wishOf(await bodyOf(request));
      if (wish === undefined) reply(response, 400, { error: 'not {"key": …, "token": …}' });
      else await this.#ask(wish, request, response);
    }
  }

  async #ask({ key, token }: Wish, request: IncomingMessage, response: ServerResponse) {
    const { stepDown, stepDownWithin } = this.#rules;
    if (stepDown === undefined) return;
    // Whoever pressed twice, or looked at an old page, must not end the term of the next one.
    if (this.#shown(key)?.leader?.token !== token || this.#asked.get(key) === token) {
      reply(response, 409, { error: 'this term is over, or has been asked to end' });
      return;
    }
    this.#asked.set(key, token);
    try {
      const ended$ = stepDown(key, request).pipe(
        timeout({ first: stepDownWithin }),
        map(() => true),
        takeUntil(this.#closed$),
      );
      const ended = await firstValueFrom(ended$, { defaultValue: false });
      if (!ended) this.#asked.delete(key);
      if (ended) reply(response, 200, { ended: token });
      else reply(response, 502, { error: 'not asked any more' });
    } catch (error) {
      this.#asked.delete(key); // who did not step down may be asked again
      const [status, message] = failure(error);
      reply(response, status, { error: message });
    }
  }
}

interface Wish {
  readonly key: string;
  readonly token: string;
}

function failure(error: unknown): readonly [status: number, message: string] {
  if (error instanceof TimeoutError)
    return [504, 'the leader did not step down in time: it may not listen'];
  return [502, isLeadershipError(error) ? error.code : 'failed'];
}

/**
 * Browsers say of whose page a request is. JSON keeps out forms, which send it without asking first;
 * who sends neither header is no browser.
 */
function isOfOwnPage({ headers }: IncomingMessage): boolean {
  if (!/^application\/json\b/iu.test(headers['content-type'] ?? '')) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

/** The body, also where a framework has read and parsed it already; cut when it is too long. */
async function bodyOf(request: IncomingMessage & { readonly body?: unknown }): Promise<unknown> {
  if (request.body !== undefined) return request.body;
  if (Number(request.headers['content-length'] ?? 0) > longestBody) return undefined;
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > longestBody) return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function wishOf(body: unknown): Wish | undefined {
  const { key, token } = (body ?? {}) as Partial<Wish>;
  return typeof key === 'string' && typeof token === 'string' ? { key, token } : undefined;
}
