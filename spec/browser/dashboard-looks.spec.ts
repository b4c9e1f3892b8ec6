import { of } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { leaderRecord, LeadershipError } from '../../index.js';
import { vacant } from '../../testing/index.js';
import { eventually } from '../support/eventually.js';
import { FeedServer, Moved, Pages, picture, shows } from './feed-page.js';

const pages = new Pages();
beforeAll(() => pages.launch());
afterEach(() => pages.close());
afterAll(() => pages.end());

const can = { authorize: () => true };

const rightmost = `Math.max(...[...document.querySelectorAll('.card *:not(.span)')]
  .map((element) => element.getBoundingClientRect().right))`;

/** The contrast of two colours as WCAG has it; 4.5 is what text needs. */
const contrasts = `[...document.querySelectorAll('h1, h2, .who bdi, small bdi, dt, dd, .badge, .axis span, summary, #contact, .span.c0')].map((element) => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let behind = element, colour;
  do { colour = getComputedStyle(behind).backgroundColor; behind = behind.parentElement; } while (colour === 'rgba(0, 0, 0, 0)');
  const [a, b] = [luminance(getComputedStyle(element).color), luminance(colour)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
})`;

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it('fits a window and a phone of 360 pixels, and can be read', async () => {
    const moved = new Moved(
      ...['service/jobs/leader', 'service/mails/leader'],
      'billing/invoices/nightly-export/region-eu-central-1/leader',
      `an-election-of-one-long-word-${'x'.repeat(60)}`,
    );
    const server = await pages.serve(moved, { ...can, stepDown: () => of(1) });
    const [jobs = '', mails = '', , long = ''] = Object.keys(moved.views);
    moved.queue(leaderRecord('worker-c2d1', 13n), leaderRecord('worker-0a44', 14n));
    moved.elect(jobs, 'worker-7f9c', 12n, 'http://10.1.4.7:8080');
    moved.elect(mails, 'mailer-a', 3n);
    moved.elect(long, 'y'.repeat(80), 2n ** 63n, `http://${'z'.repeat(80)}`);
    const page = await pages.open(server.url, { colorScheme });
    await shows(page, `.card:has-text("${jobs}")`, 'worker-7f9c');
    for (const summary of await page.locator('summary:visible').all()) await summary.click();
    for (const width of [1_000, 360]) {
      await page.setViewportSize({ width, height: 700 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(await page.evaluate(rightmost)).toBeLessThanOrEqual(width);
    }
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
      colorScheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(244, 245, 247)',
    );
    for (const contrast of await page.evaluate<number[]>(contrasts))
      expect(contrast).toBeGreaterThanOrEqual(4.5);
  });
});

describe('the last hour', () => {
  const [billing, jobs, mails] = [
    'service/billing/leader',
    'service/jobs/leader',
    'service/mails/leader',
  ];

  /** A feed that has seen an hour go by. */
  async function afterAnHour(): Promise<FeedServer> {
    const moved = new Moved(billing, jobs, mails, 'service/search/leader');
    const present = Date.now();
    vi.useFakeTimers({ toFake: ['Date'] });
    const ago = (minutes: number, ...acts: (() => void)[]) => {
      vi.setSystemTime(present - minutes * 60_000);
      for (const act of acts) act();
    };
    ago(75);
    const server = await pages.serve(moved, { ...can, stepDown: () => of(1) });
    const elect =
      (key: string, id: string, token: bigint, data = `http://${id}.example:8080`) =>
      () =>
        moved.elect(key, id, token, data);
    const view = (key: string) => moved.views[key];
    const unreachable = new LeadershipError('store-unreachable', 'for a while');
    ago(74, elect(jobs, 'worker-7f9c', 12n), elect(mails, 'mailer-a', 3n));
    ago(70, elect(billing, 'exporter-2', 8n), elect('service/search/leader', 'search-eu', 41n));
    ago(45, () => view(jobs)?.next(vacant()));
    ago(43, elect(jobs, 'worker-0a44', 13n));
    ago(25, () => view(jobs)?.next({ leader: leaderRecord('worker-0a44', 13n), stale: true }));
    ago(22, elect(jobs, 'worker-7f9c', 14n));
    ago(12, elect(jobs, 'worker-c2d1', 15n));
    ago(6, () => view(billing)?.next(vacant()));
    const search = leaderRecord('search-eu', 41n);
    const lost = { leader: search, stale: true, error: unreachable };
    ago(4, () => view('service/search/leader')?.next(lost));
    moved.queue(leaderRecord('worker-7f9c', 16n), leaderRecord('worker-0a44', 17n));
    vi.useRealTimers();
    return server;
  }

  it('has each term, vacancy and time without contact where and as long as it was', async () => {
    const server = await afterAnHour();
    const page = await pages.open(server.url, { viewport: { width: 1_000, height: 780 } });
    await shows(page, '#summary', '4 elections, 1 without a leader, 1 not certain');
    const spans = page.locator(`.card:has-text("${jobs}") .span`);
    const styles = await Promise.all((await spans.all()).map((span) => span.getAttribute('style')));
    const minutes = styles
      .slice(-6)
      .map((style) =>
        [...(style ?? '').matchAll(/([\d.]+)%[,;]/gu)].map(([, percent]) =>
          Math.round(Number(percent) * 0.6),
        ),
      );
    expect(minutes).toEqual([
      [0, 15],
      ...[
        [15, 2],
        [17, 18],
        [35, 3],
        [38, 10],
        [48, 12],
      ],
    ]);
    const title = (index: number) => spans.nth(index).getAttribute('title');
    expect(await title(-1)).toMatch(/^worker-c2d1, \d\d:\d\d:\d\d to \d\d:\d\d:\d\d$/u);
    await picture(page, 'dashboard-light');
    const dark = await pages.open(server.url, {
      colorScheme: 'dark',
      viewport: { width: 1_000, height: 780 },
    });
    await shows(dark, '.card', 'nobody');
    await picture(dark, 'dashboard-dark');
    const phone = await pages.open(server.url, {
      colorScheme: 'dark',
      viewport: { width: 360, height: 700 },
    });
    await server.stop();
    await eventually(() => phone.locator('[role=alert]').isVisible(), { within: 10_000 });
    await picture(phone, 'dashboard-phone-lost');
  });
});
