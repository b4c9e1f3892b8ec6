import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, launchChromium, serveScript, type Site } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await launchChromium();
  site = await serveScript(await bundle('examples/tabs.ts'));
});
afterAll(async () => {
  await browser.close();
  await site.stop();
});

it('the example for tabs: one synchronises, and when it is closed another one', async () => {
  const context = await browser.newContext();
  const [first, second] = [await context.newPage(), await context.newPage()];
  const shows = (page: typeof first, title: string) =>
    eventually(async () => expect(await page.title()).toBe(title), { within: 10_000 });
  await first.goto(site.url);
  await shows(first, 'This tab synchronises');
  await second.goto(site.url);
  await shows(second, 'Another tab does');
  await first.close();
  await shows(second, 'This tab synchronises');
});
