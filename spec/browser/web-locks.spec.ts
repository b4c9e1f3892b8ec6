import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { webLocksStore } from '../../stores/web-locks/index.js';
import { conformance } from '../../testing/index.js';
import { bundle, launchChromium, serveScript, type Site } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await launchChromium();
  site = await serveScript(await bundle('spec/browser/pages/web-locks.ts'));
});
afterAll(async () => {
  await browser.close();
  await site.stop();
});

/** What `look` of the page tells. */
interface Look {
  readonly state?: string;
  readonly elected: boolean;
  readonly token?: string;
  readonly isValid?: boolean;
  readonly aborted?: boolean;
}

/** A tab, and what its page does. */
class Tab {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(context: BrowserContext, options: object = {}): Promise<Tab> {
    const tab = new Tab(await context.newPage());
    await tab.page.goto(site.url);
    await tab.do('use', options);
    return tab;
  }

  do<T = void>(what: string, ...args: unknown[]): Promise<T> {
    return this.page.evaluate(`${what}(...${JSON.stringify(args)})`);
  }

  look(): Promise<Look> {
    return this.do('look');
  }

  leads(): Promise<Look> {
    return eventually(
      async () => {
        const look = await this.look();
        return look.elected && look;
      },
      { what: 'this tab leads', within: 10_000 },
    );
  }
}

/** Only their names: they run in a page. */
describe('the Web Locks store keeps the contract, in Chromium', () => {
  let page: Page;
  beforeAll(async () => {
    page = (await Tab.open(await browser.newContext())).page;
  });

  const run = (name: string) => () => page.evaluate(`runCase(${JSON.stringify(name)})`);
  const none = () => undefined;
  conformance({
    // So many keep the browser busy: the other cases would be late.
    test: (name) =>
      (name.startsWith('two hundred') ? it : it.concurrent)(
        name,
        run(name) as () => Promise<void>,
        60_000,
      ),
    testAlone: (name) => it(name, run(name) as () => Promise<void>, 60_000),
    skip: (name, why) => it.skip(`${name} (${why})`),
    open: () => webLocksStore(),
    ttl: 3_000,
    faults: { deleteClaim: none, endSession: none },
  });
});

describe('among the tabs of a browser', () => {
  let context: BrowserContext;
  const open = (options?: object) => Tab.open(context, options);

  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(() => context.close());

  /** The first one leads, the others wait in this order. */
  async function queue(...options: object[]): Promise<Tab[]> {
    const tabs: Tab[] = [];
    for (const each of options) {
      const tab = await open(each);
      await tab.do('run', `tab ${tabs.length + 1}`, `data of ${tabs.length + 1}`);
      const wanted = tabs.length === 0 ? 'leading' : `${tabs.length} ahead`;
      await eventually(async () => expect((await tab.look()).state).toContain(wanted));
      tabs.push(tab);
    }
    return tabs;
  }

  it('one leads, the others wait in the order in which they came', async () => {
    const [first, second, third] = (await queue({}, {}, {})) as [Tab, Tab, Tab];
    expect((await second.look()).elected).toBe(false);
    await first.do('stop');
    const next = await second.leads();
    expect((await third.look()).elected).toBe(false);
    expect(BigInt(next.token!)).toBeGreaterThan(BigInt((await first.look()).token!));
  });

  it('the next one leads soon after the tab of the leader was closed', async () => {
    const [first, second] = (await queue({}, {})) as [Tab, Tab];
    const began = performance.now();
    await first.page.close();
    await second.leads();
    expect(performance.now() - began).toBeLessThan(5_000); // the ttl is 180 000
  });

  it('the next one leads soon after the process of the leader has crashed', async () => {
    const [first, second] = (await queue({}, {})) as [Tab, Tab];
    const crashed = new Promise((resolve) => first.page.on('crash', resolve));
    const began = performance.now();
    void first.page.goto('chrome://crash').catch(() => undefined);
    await crashed;
    await second.leads();
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('a tab that is frozen gives its term up before, and runs again afterwards', async () => {
    const [first, second] = (await queue({}, {})) as [Tab, Tab];
    const before = await first.look();
    const frozen = first.do('freeze', 3_000);
    const began = performance.now();
    const next = await second.leads();
    expect(performance.now() - began).toBeLessThan(2_500); // while it stands still
    await frozen;
    expect(BigInt(next.token!)).toBeGreaterThan(BigInt(before.token!));
    await eventually(async () => expect((await first.look()).state).toContain('1 ahead'));
    expect(await first.look()).toMatchObject({ isValid: false, aborted: true });
    await second.do('stop');
    expect(BigInt((await first.leads()).token!)).toBeGreaterThan(BigInt(next.token!));
  });

  it('while a leader stands still that was not told, nobody leads; its term is over then', async () => {
    const [first, second] = (await queue({ ttl: 1_500 }, { ttl: 1_500 })) as [Tab, Tab];
    const stalled = first.do<Look>('stall', 3_000);
    const watched = { done: false };
    const elected: boolean[] = [];
    void stalled.then(() => (watched.done = true));
    while (!watched.done) elected.push((await second.look()).elected);
    // What the last look saw may have been after the end.
    expect(elected.slice(0, -2)).not.toContain(true);
    expect(elected.length).toBeGreaterThan(10);
    expect(await stalled).toEqual({ isValid: false, aborted: false }); // by the clock
    await second.leads();
    expect(await first.look()).toMatchObject({ isValid: false, aborted: true });
  });

  it('a term ends by the clock when the browser does not confirm its lock any more', async () => {
    const [first, second] = (await queue({ ttl: 1_500 }, { ttl: 1_500 })) as [Tab, Tab];
    await first.do('deafen');
    await second.leads();
    expect(await first.look()).toMatchObject({ isValid: false, aborted: true });
  });

  it('a leader from whom the lock was stolen is told at once', async () => {
    const [first, second] = (await queue({}, {})) as [Tab, Tab];
    await second.do('steal');
    await eventually(async () =>
      expect(await first.look()).toMatchObject({ isValid: false, aborted: true }),
    );
    await second.leads();
  });

  it('followers of all tabs see who leads, also when it crashes', async () => {
    const [first] = (await queue({})) as [Tab];
    await first.do('follow'); // it waits for its own end, and must not be seen as its successor
    const follower = await open();
    await follower.do('follow');
    const views = () => follower.do<object[]>('views');
    const led = { leader: 'tab 1', data: 'data of 1', stale: false };
    await eventually(async () => expect((await views()).at(-1)).toEqual(led));
    await first.page.close();
    await eventually(async () => expect((await views()).at(-1)).toEqual({ stale: false }));
    const next = await open();
    await next.do('run', 'tab 2');
    await eventually(async () =>
      expect((await views()).at(-1)).toEqual({ leader: 'tab 2', stale: false }),
    );
  });

  it('tokens go on growing when the data of the site is cleared', async () => {
    const [first] = (await queue({})) as [Tab];
    const { token } = await first.look();
    await first.do('stop');
    await first.page.evaluate(`new Promise((resolve, reject) => {
      const cleared = indexedDB.deleteDatabase('rx-leadership');
      cleared.onsuccess = resolve;
      cleared.onerror = cleared.onblocked = reject;
    })`);
    const second = await open();
    await second.do('run', 'tab 2');
    expect(BigInt((await second.leads()).token!)).toBeGreaterThan(BigInt(token!));
  });

  it('stores of other names, and other profiles, have elections of their own', async () => {
    await queue({});
    const other = await open({ name: 'other' });
    await other.do('run', 'other');
    await other.leads();
    const elsewhere = await browser.newContext();
    const alone = await Tab.open(elsewhere);
    await alone.do('run', 'alone');
    await alone.leads();
    await elsewhere.close();
  });

  it('a store that is closed gives its claims back', async () => {
    const [first, second] = (await queue({}, {})) as [Tab, Tab];
    await first.do('close');
    await second.leads();
    const held = await first.page.evaluate(
      `navigator.locks.query().then(({ held }) => held.filter(({ clientId }) => clientId).length)`,
    );
    expect(held).toBe(3); // those of the second tab: its session, its claim, the election
  });
});
