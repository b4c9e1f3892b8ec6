import type { Page } from 'playwright-core';
import { of, Subject } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { leaderRecord, LeadershipError } from '../../index.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/proxy.js';
import { Moved, Pages, shows } from './feed-page.js';

const pages = new Pages();
beforeAll(() => pages.launch());
afterEach(() => pages.close());
afterAll(() => pages.end());

const textOf = (page: Page, selector: string) => page.locator(selector).first().innerText();
const card = (index: number) => `.card >> nth=${String(index)}`;
const can = { authorize: () => true };

describe('the dashboard', () => {
  it('shows who leads, since when, the token, the queue and the last hour, live', async () => {
    const moved = new Moved('jobs', 'mails');
    const page = await pages.open((await pages.serve(moved)).url);
    await shows(page, '#summary', '2 elections, 2 without a leader');
    expect(await page.title()).toBe('(2 vacant) Leadership');
    moved.queue(leaderRecord('ann', 1n), leaderRecord('bob', 2n, 'http://bob.example'));
    moved.elect('jobs', 'ann', 1n, 'http://ann.example');
    await shows(page, card(0), 'ann');
    for (const text of ['jobs', 'led', 'http://ann.example', 'Queue: 1 waiting', '1 term'])
      await shows(page, card(0), text);
    expect(await textOf(page, `${card(0)} >> dd >> nth=1`)).toBe('1');
    expect(await textOf(page, `${card(0)} >> dd >> nth=0`)).toMatch(/^\d\d:\d\d:\d\d \(\d+ s\)$/u);
    moved.elect('jobs', 'bob', 2n);
    await shows(page, `${card(0)} >> .who`, 'bob');
    const spans = page.locator(`${card(0)} >> .span`);
    await eventually(async () => (await spans.count()) === 3);
    const error = new LeadershipError('store-unreachable', 'http://secret.example');
    moved.views['jobs']?.next({ leader: leaderRecord('bob', 2n), stale: true, error });
    await shows(page, card(0), 'no contact with the store');
    await shows(page, card(0), 'led when last seen (store-unreachable)');
    await page.locator('summary', { hasText: 'The last hour' }).first().click();
    const rows = await page.locator(`${card(0)} >> tbody tr`).allInnerTexts();
    expect(rows.map((row) => row.split('\t')[2])).toEqual(['no contact', 'bob', 'ann', 'vacant']);
    expect(await page.content()).not.toContain('secret');
  });

  it('shows what comes from the store as text', async () => {
    const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const moved = new Moved(evil);
    moved.elect(evil, evil, 1n, `javascript:document.title=3//${evil}`);
    moved.queue(leaderRecord('ann', 2n, evil));
    const page = await pages.open((await pages.serve(moved)).url);
    await shows(page, `${card(0)} >> h2`, evil);
    await shows(page, `${card(0)} >> .who`, evil);
    expect(await page.locator('.card img, .card script, .card a').count()).toBe(0);
    expect(await page.title()).toBe('Leadership');
  });

  it('says when it has lost the connection, and when it has it back', async () => {
    const moved = new Moved('jobs');
    moved.elect('jobs', 'ann', 1n);
    const server = await pages.serve(moved, { ...can, stepDown: () => of(1) });
    const page = await pages.open(server.url);
    const alert = page.locator('[role=alert]');
    expect(await alert.isVisible()).toBe(false);
    const button = page.locator('.card button');
    expect(await button.isEnabled()).toBe(true);
    await server.stop();
    await eventually(() => alert.isVisible(), { within: 10_000 });
    await shows(page, '[role=alert]', 'Connection lost. What is shown was so at');
    expect(await page.title()).toContain('Connection lost');
    expect(await button.isEnabled()).toBe(false);
    await shows(page, '.badge', 'was led');
    await server.start();
    await eventually(() => alert.isHidden(), { within: 20_000 });
    await shows(page, '#contact', 'Live');
    moved.elect('jobs', 'bob', 2n);
    await shows(page, `${card(0)} >> .who`, 'bob');
  });

  it('notices also when nothing comes any more over a connection that stands', async () => {
    const moved = new Moved('jobs');
    const { port } = await pages.serve(moved);
    const proxy = await TcpProxy.start(port);
    pages.atEnd(() => {
      proxy.stop();
      return Promise.resolve();
    });
    const page = await pages.open(`http://127.0.0.1:${String(proxy.port)}/`);
    proxy.blackhole();
    await eventually(() => page.locator('[role=alert]').isVisible(), { within: 10_000 });
    proxy.heal();
    await eventually(() => page.locator('[role=alert]').isHidden(), { within: 20_000 });
  });

  it('has no button to step down, unless it is switched on and this user may', async () => {
    const moved = new Moved('jobs');
    moved.elect('jobs', 'ann', 1n);
    const stepDown = () => of(1);
    const authorize = (_request: unknown, action: string) => action === 'look';
    for (const options of [can, { stepDown, authorize }]) {
      const page = await pages.open((await pages.serve(moved, options)).url);
      await shows(page, card(0), 'ann');
      expect(await page.locator('.card button').count()).toBe(0);
    }
  });

  it('asks a leader to step down by keyboard alone, once', async () => {
    const moved = new Moved('jobs');
    moved.elect('jobs', 'ann', 7n);
    const asked: string[] = [];
    const stepped$ = new Subject<unknown>();
    const stepDown = (key: string) => {
      asked.push(key);
      return stepped$;
    };
    const page = await pages.open((await pages.serve(moved, { ...can, stepDown })).url);
    await shows(page, card(0), 'ann');
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    const press = (key: string) => page.keyboard.press(key);
    await press('Tab'); // what folds comes before it
    while (!(await focused()).startsWith('Ask')) await press('Tab');
    const outline = 'getComputedStyle(document.activeElement).outlineStyle';
    expect(await page.evaluate(outline)).toBe('solid');
    await press('Enter');
    await shows(page, 'dialog', 'ann (token 7) leads jobs');
    expect(await focused()).toBe('Cancel');
    await press('Escape');
    expect(await focused()).toMatch(/^Ask/u);
    await press('Enter');
    await press('Enter'); // Cancel
    expect(asked).toEqual([]);
    await press('Enter');
    await press('Tab');
    await press('Enter');
    await shows(page, card(0), 'waiting for it');
    expect(asked).toEqual(['jobs']);
    expect(await page.locator('.card button').isEnabled()).toBe(false);
    moved.elect('jobs', 'bob', 8n);
    stepped$.next(1);
    await shows(page, `${card(0)} >> .ask`, 'ann has stepped down.');
    await shows(page, `${card(0)} >> .who`, 'bob');
    expect(asked).toEqual(['jobs']);
  });
});
