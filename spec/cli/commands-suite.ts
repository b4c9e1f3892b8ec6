import { EventSource } from 'eventsource';
import { firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { followFeed, onlyLeader } from '../../index.js';
import { eventually } from '../support/eventually.js';
import { CommandLine, done, type Installation } from './command-line.js';

/** What the commands beside `run` promise. */
export function commandsSuite(installation: () => Installation, store: () => string): void {
  let line: CommandLine;
  beforeEach(() => {
    line = new CommandLine(installation(), store());
  });
  afterEach(() => line.close());

  it('leader, candidates, follow and elect tell who leads, on standard output', async () => {
    expect(await line.finish(['leader', 'jobs'])).toMatchObject({ code: 1, out: [] });
    const follower = line.start(['follow', 'jobs', '--json']);
    await follower.until('nobody', () => follower.lines[0]);
    const waiting = line.start(['leader', 'jobs', '--wait']);
    const ann = line.start(['elect', 'jobs', '--id', 'ann', '--data', 'http://ann.example']);
    await ann.until('elected', () => ann.lines.find((each) => each.startsWith('leading')));
    expect(await done(waiting)).toMatchObject({ code: 0, out: ['ann'], said: '' });

    const bob = line.start(['elect', 'jobs', '--id', 'bob', '--json']);
    await line.queue('jobs', 2);
    const { out } = await line.finish(['candidates', 'jobs', '--json']);
    const [first, second] = out.map((each) => JSON.parse(each) as unknown);
    expect(first).toMatchObject({ id: 'ann', data: 'http://ann.example' });
    expect(second).toMatchObject({ id: 'bob' });

    ann.signal('SIGINT');
    expect(await done(ann)).toMatchObject({ code: 0 });
    const elected = await bob.until('elected', () =>
      bob.lines.find((each) => each.includes('"state":"leading"')),
    );
    expect(JSON.parse(elected)).toMatchObject({ key: 'jobs', id: 'bob', elected: true });
    const seen = () =>
      follower.lines.map((each) => (JSON.parse(each) as { leader: { id: string } | null }).leader);
    await eventually(() => seen().at(-1)?.id === 'bob', { within: 10_000 });
    expect(seen()[0]).toBeNull();
    expect(seen().map((leader) => leader?.id)).toContain('ann');
  });

  it('serve answers as side-cars do', async () => {
    const ann = line.start(['serve', 'jobs', '--id', 'ann', '--port', '0']);
    const [url] = await eventually(() => /http:\/\/\S+/u.exec(ann.log) ?? false, {
      within: 10_000,
    });
    await eventually(async () => (await fetch(`${url}/leader`)).status === 200, { within: 10_000 });
    const bob = line.start(['serve', 'jobs', '--id', 'bob', '--port', '0']);
    const [second] = await eventually(() => /http:\/\/\S+/u.exec(bob.log) ?? false, {
      within: 10_000,
    });
    await line.queue('jobs', 2);
    expect((await fetch(`${second}/leader`, { method: 'HEAD' })).status).toBe(503);
    const named = async () => (await (await fetch(second)).json()) as { name: string };
    await eventually(async () => (await named()).name === 'ann');
    expect(await named()).toMatchObject({ last_update: expect.any(String), stale: false });
    expect((await fetch(`${second}/healthz`)).status).toBe(200);
    const refused = await fetch(second, { method: 'POST' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    ann.signal('SIGTERM');
    expect(await done(ann)).toMatchObject({ code: 0, out: [] });
    await eventually(async () => (await fetch(`${second}/leader`)).status === 200);
  });

  it('dashboard serves a page and its feed, and asks to step down only when told so', async () => {
    const ann = line.start(['elect', 'jobs', '--id', 'ann']);
    const open = async (...args: string[]) => {
      const child = line.start(['dashboard', 'jobs', 'mails', '--port', '0', ...args]);
      const said = () => /open (http:\/\/\S+)/u.exec(child.log)?.[1] ?? false;
      return { child, url: await eventually(said, { within: 10_000 }) };
    };
    const [plain, asking] = await Promise.all([open(), open('--step-down')]);
    expect(await (await fetch(plain.url)).text()).toContain('data-step-down="no"');
    expect(await (await fetch(asking.url)).text()).toContain('data-step-down="yes"');
    expect((await fetch(new URL('/', asking.url))).status).toBe(404);
    const view$ = followFeed(`${asking.url}events`, 'jobs', { EventSource });
    const leader = await firstValueFrom(view$.pipe(onlyLeader()), { defaultValue: undefined });
    expect(leader?.id).toBe('ann');
    const asked = await fetch(`${asking.url}step-down`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: 'jobs', token: String(leader?.token) }),
    });
    expect([asked.status, await asked.json()]).toEqual([200, { ended: String(leader?.token) }]);
    plain.child.signal('SIGTERM');
    asking.child.signal('SIGINT');
    expect(await done(plain.child)).toMatchObject({ code: 0, out: [] });
    expect(await done(asking.child)).toMatchObject({ code: 0, out: [] });
    ann.signal('SIGTERM');
  });

  it('doctor holds an election of its own, and says what it has found', async () => {
    const { code, out } = await line.finish(['doctor', '--json']);
    const findings = out.map((each) => JSON.parse(each) as { what: string; level: string });
    expect(findings.map(({ what }) => what)).toEqual([
      ...['timing', 'version', 'contact', 'election', 'lease', 'permissions', 'clock'],
    ]);
    expect(findings.filter(({ level }) => level === 'fail')).toEqual([]);
    expect(code).toBe(0);
  });

  it('what a user did wrong is told in one line, with a code and without a stack', async () => {
    const cases: readonly (readonly [number, readonly string[], RegExp])[] = [
      [64, ['run', 'jobs'], /missing required argument 'command'/u],
      [64, ['elect', 'jobs', '--ttl', 'soon'], /Write a duration/u],
      [64, ['elect', 'jobs', '--stroe', 'x'], /unknown option '--stroe'/u],
      [64, ['elect', 'jobs', '--stroe=etcd://root:secret@h'], /\/\/\*\*\*@h/u],
      [64, ['dashboard'], /missing required argument 'key'/u],
      [64, ['elect', '/'], /must name an election/u],
      [64, ['resign', 'jobs', '--timeout', '1s', '--yes', 'now'], /too many arguments/u],
      [64, ['completion', 'tcsh'], /Allowed choices/u],
      [78, ['run', '--grace', '60s', 'jobs', '--', 'true'], /--grace is 60000 ms/u],
      [78, ['leader', 'jobs', '--store', 'redis://root:secret@h'], /unknown scheme "redis"/u],
      [78, ['leader', 'jobs', '--store', 'etcd://root:secret@h:port'], /the port "port"/u],
      [
        69,
        ['leader', 'jobs', '--timeout', '1s', '--store', 'etcd://127.0.0.1:1'],
        /did not answer/u,
      ],
      [
        69,
        ['run', 'jobs', '--store', 'etcd://127.0.0.1:1?ttl=2000', '--', 'true'],
        /store-unreachable/u,
      ],
    ];
    await Promise.all(
      cases.map(async ([code, args, said]) => {
        const left = await line.finish(args);
        expect(left, args.join(' ')).toMatchObject({ code, out: [] });
        expect(left.said).toMatch(said);
        expect(left.said).not.toMatch(/secret|^\s+at /mu);
        const suggestion = '(Did you mean --store?)';
        expect(left.said.trim().replace(`\n${suggestion}`, '').split('\n')).toHaveLength(1);
      }),
    );
  });
}
