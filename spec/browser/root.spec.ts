import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, launchChromium, serveScript, type Site } from '../support/chromium.js';

let browser: Browser;
let site: Site;

beforeAll(async () => {
  browser = await launchChromium();
  site = await serveScript(await bundle('spec/browser/pages/root.ts'));
});
afterAll(async () => {
  await browser.close();
  await site.stop();
});

it('elects in a page, with what the root entry exports', async () => {
  const page = await browser.newPage();
  const errors: Error[] = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.goto(site.url);
  const term = await page.evaluate('elect()');
  expect(term).toEqual({ id: 'this page', token: '1', aborted: false });
  expect(errors).toEqual([]);
});
