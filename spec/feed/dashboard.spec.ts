import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { firstValueFrom, NEVER, Subject, tap, type Observable } from 'rxjs';
import { filter } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { electionsOf, type FeedAction, type FeedOptions } from '../../feed/index.js';
import { askToStepDown, campaign, follow, resignWhen, stepDownRequests } from '../../index.js';
import { eventually } from '../support/eventually.js';
import { Bench } from './bench.js';

let bench: Bench;

beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

function serve(options: FeedOptions): Promise<void> {
  return bench.serve({ dashboard: true, ...options }, electionsOf(bench.store, ['jobs']));
}

const get = (path: string) => fetch(bench.serving.url + path, { redirect: 'manual' });

describe('the page', () => {
  it('is one file that a strict policy lets run, and nothing else', async () => {
    await serve({});
    const response = await get('/');
    const text = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).not.toMatch(/unsafe|\*|https?:/u);
    expect(policy).toContain("default-src 'none'");
    for (const tag of ['script', 'style']) {
      const [, content = ''] = new RegExp(`<${tag}>([^]*?)</${tag}>`, 'u').exec(text) ?? [];
      const hash = createHash('sha256').update(content).digest('base64');
      expect(policy).toContain(`${tag}-src 'sha256-${hash}'`);
    }
    expect(text.match(/<(script|style)/gu)).toHaveLength(2);
    expect(text).not.toMatch(/ (style|on[a-z]+|src)=|href="(?!data:,)|innerHTML/u);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('sends who asks without the slash at the end to where its own addresses go on', async () => {
    await serve({ path: '/ops/leadership' });
    const response = await get('/ops/leadership?x');
    expect([response.status, response.headers.get('location')]).toEqual([308, './leadership/']);
    expect((await get('/ops/leadership/')).status).toBe(200);
  });

  it('is not there unless it is switched on, nor for who may not look', async () => {
    await serve({ dashboard: false });
    expect((await get('/')).status).toBe(404);
    bench.feed.close();
    await bench.serving.close();
    await serve({ authorize: () => false });
    expect((await get('/')).status).toBe(403);
  });

  it.each([
    ['no', 'it is not switched on', {}],
    ['no', 'this user may not', { stepDown: () => NEVER, authorize: mayOnly('look') }],
    [
      'yes',
      'it is switched on and this user may',
      { stepDown: () => NEVER, authorize: () => true },
    ],
  ])('offers to step down: %s, when %s', async (answer, _when, options: FeedOptions) => {
    await serve(options);
    expect(await (await get('/')).text()).toContain(`data-step-down="${answer}"`);
  });
});

function mayOnly(allowed: FeedAction) {
  return (_request: unknown, action: FeedAction) => action === allowed;
}

describe('step-down', () => {
  const json = { 'content-type': 'application/json' };
  const post = async (body: unknown, headers: Record<string, string> = json) => {
    const options = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${bench.serving.url}/step-down`, options);
    return { status: response.status, ...((await response.json()) as object) };
  };
  const asked: string[] = [];
  const ask = (key: string): Observable<unknown> => {
    asked.push(key);
    return askToStepDown(bench.store, key, 'dashboard');
  };
  const may = { authorize: () => true, stepDown: ask };

  beforeEach(() => {
    asked.length = 0;
  });

  /** Runs for election, and listens to wishes unless it is deaf. */
  async function leader(id: string, deaf = false) {
    const wishes = () => stepDownRequests(bench.store, 'jobs');
    campaign(bench.store, { key: 'jobs', id })
      .pipe(resignWhen(({ token }) => (deaf ? NEVER : wishes().pipe(filter((t) => t === token)))))
      .subscribe();
    const led$ = follow(bench.store, 'jobs').pipe(filter((view) => view.leader?.id === id));
    const view = await firstValueFrom(led$, { defaultValue: undefined });
    await eventually(async () => {
      const stream = await fetch(`${bench.serving.url}/events`);
      const [first] = await Promise.all([stream.body?.getReader().read()]);
      return String(Buffer.from(first?.value as Uint8Array)).includes(`"id":"${id}"`);
    });
    return String(view?.leader?.token);
  }

  it('ends the term of the leader that was shown, once', async () => {
    await serve(may);
    const token = await leader('ann');
    const wish = { key: 'jobs', token };
    const [first, second] = await Promise.all([post(wish), post(wish)]);
    expect([first, second].map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(asked).toEqual(['jobs']);
    await eventually(async () => (await post(wish)).status === 409);
    expect(asked).toEqual(['jobs']);
  });

  it('says when the leader does not listen, and takes the wish back', async () => {
    await serve({ ...may, stepDownWithin: 100 });
    const token = await leader('ann', true);
    const answer = await post({ key: 'jobs', token });
    expect(answer).toMatchObject({ status: 504, error: expect.stringContaining('not listen') });
    await eventually(() => bench.store.contenders('jobs.step-down')).catch(() => undefined);
  });

  it('refuses what other sites, forms and strangers send, and what makes no sense', async () => {
    await serve(may);
    const token = await leader('ann');
    const wish = { key: 'jobs', token };
    const { host } = new URL(bench.serving.url);
    const refused: Record<string, string>[] = [
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'text/plain' },
      { ...json, origin: 'https://evil.example' },
      { ...json, origin: 'null' },
      { ...json, 'sec-fetch-site': 'cross-site' },
      { ...json, 'sec-fetch-site': 'same-site', origin: `http://${host}` },
    ];
    for (const headers of refused)
      expect((await raw(headers, wish)).status, JSON.stringify(headers)).toBe(403);
    for (const body of [
      null,
      [],
      {},
      { key: 'jobs' },
      { key: 'jobs', token: 1 },
      'x'.repeat(9_000),
    ])
      expect((await raw(json, body)).status).toBe(400);
    expect((await raw(json, { key: 'others', token })).status).toBe(409);
    expect((await get('/step-down')).status).toBe(405);
    expect(asked).toEqual([]);
    expect((await raw({ ...json, origin: `http://${host}` }, wish)).status).toBe(200);
  });

  it('refuses whom authorize refuses, and is not there unless it is switched on', async () => {
    await serve({ stepDown: ask, authorize: mayOnly('look') });
    expect(await post({ key: 'jobs', token: '1' })).toMatchObject({ status: 403 });
    bench.feed.close();
    await bench.serving.close();
    await serve({ authorize: () => true });
    expect(await post({ key: 'jobs', token: '1' })).toMatchObject({ status: 404 });
    expect(asked).toEqual([]);
  });

  it('takes wishes back when the feed is closed', async () => {
    const left$ = new Subject<void>();
    const waiting = new Subject<void>();
    const forever = () =>
      NEVER.pipe(tap({ subscribe: () => waiting.complete(), unsubscribe: () => left$.complete() }));
    await serve({ ...may, stepDown: forever });
    const token = await leader('ann');
    const answer = post({ key: 'jobs', token });
    await firstValueFrom(waiting, { defaultValue: undefined });
    bench.feed.close();
    await firstValueFrom(left$, { defaultValue: undefined });
    expect((await answer).status).toBe(502);
  });

  /** With headers that `fetch` does not let a program set. */
  function raw(headers: Record<string, string>, body: unknown): Promise<{ status: number }> {
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers, agent: false };
      httpRequest(`${bench.serving.url}/step-down`, options, (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0 });
      })
        .on('error', reject)
        .end(JSON.stringify(body));
    });
  }
});
