import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundle, launchChromium, serveScript, type Site } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.each([
  ['without zone.js', 'examples/angular/main.ts'],
  ['with zone.js', 'spec/browser/pages/angular-zone.ts'],
])('the example %s', (_, file) => {
  let site: Site;
  let context: BrowserContext;
  const problems: string[] = [];

  beforeAll(async () => {
    site = await serveScript(await bundle(file), '<app-root></app-root>');
  });
  afterAll(() => site.stop());
  beforeEach(async () => {
    context = await browser.newContext();
    problems.length = 0;
  });
  afterEach(() => context.close());

  async function open(title: string): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.addInitScript(`Object.defineProperty(document, 'title', { value: '${title}' })`);
    await page.goto(site.url);
    return page;
  }

  const shown = (page: Page) => page.innerText('app-root');
  const shows = (page: Page, text: RegExp) =>
    eventually(async () => expect(await shown(page)).toMatch(text), { within: 10_000 });

  it('one tab works, all show which, and the next one follows', async () => {
    const first = await open('first');
    await shows(first, /first leads\s+This tab has synchronised [1-9]\d* times/);
    const second = await open('second');
    await shows(second, /^first leads$/);

    await first.close();
    await shows(second, /second leads\s+This tab has synchronised [1-9]\d* times/);
    expect(problems).toEqual([]);
  });
});
