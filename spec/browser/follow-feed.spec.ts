import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, launchChromium, serveScript } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { FeedServer, Moved } from './feed-page.js';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

it('followFeed follows a feed of another origin in a page, and closes it', async () => {
  const moved = new Moved('jobs');
  moved.elect('jobs', 'ann', 1n);
  const site = await serveScript(await bundle('spec/browser/pages/follow-feed.ts'));
  const server = await new FeedServer(moved.elections, { cors: [site.url] }).start();
  const page = await browser.newPage();
  await page.goto(site.url);
  await page.evaluate(`follow(${JSON.stringify(`${server.url}events`)})`);
  const seen = () => page.evaluate<string[]>('seen');
  const until = (...views: string[]) =>
    eventually(async () => expect(await seen()).toEqual(views), { within: 20_000 });
  await until('ann');
  moved.elect('jobs', 'bob', 2n);
  await until('ann', 'bob');
  await server.stop();
  await eventually(async () => (await seen()).at(-1) === 'bob?');
  await server.start();
  await eventually(async () => (await seen()).at(-1) === 'bob', { within: 20_000 });
  await page.evaluate('stop()');
  await eventually(() => server.clients === 0);
  await Promise.all([page.close(), server.stop(), site.stop()]);
});
