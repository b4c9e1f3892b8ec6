import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { BehaviorSubject } from 'rxjs';
import { expect } from 'vitest';
import { leadershipFeed, type FeedElections, type FeedOptions } from '../../feed/index.js';
import type { LeaderRecord, LeaderView } from '../../index.js';
import { led, vacant } from '../../testing/index.js';
import { launchChromium } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';

/** Elections that a test moves by hand. */
export class Moved {
  readonly views: Readonly<Record<string, BehaviorSubject<LeaderView>>>;
  readonly #queue$ = new BehaviorSubject<readonly LeaderRecord[]>([]);
  readonly elections: FeedElections;

  constructor(...keys: readonly string[]) {
    this.views = Object.fromEntries(keys.map((key) => [key, new BehaviorSubject(vacant())]));
    this.elections = Object.fromEntries(
      Object.entries(this.views).map(([key, view$]) => [key, { view$, contenders$: this.#queue$ }]),
    );
  }

  queue(...queue: readonly LeaderRecord[]): void {
    this.#queue$.next(queue);
  }

  elect(key: string, id: string, token: bigint, data?: string): void {
    this.views[key]?.next(led(id, token, data));
  }
}

/** A feed with its server, which can go and come back on the same port. */
export class FeedServer {
  readonly #make: () => ReturnType<typeof leadershipFeed>;
  #feed: ReturnType<typeof leadershipFeed> | undefined;
  #server: Server | undefined;
  #port = 0;

  constructor(elections: FeedElections, options: FeedOptions = {}) {
    this.#make = () => leadershipFeed(elections, { dashboard: true, heartbeat: 500, ...options });
  }

  get port(): number {
    return this.#port;
  }

  get clients(): number {
    return this.#feed?.clients ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}/`;
  }

  async start(): Promise<this> {
    this.#feed = this.#make();
    const server = createServer(this.#feed);
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#feed?.close();
    const server = this.#server;
    await new Promise<unknown>((resolve) => {
      if (server?.close(resolve) === undefined) resolve(undefined);
      server?.closeAllConnections();
    });
  }
}

/** What a page complains of: errors of its program, and what its policy has kept out. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('net::ERR_'))
      complaints.push(message.text());
  });
  return complaints;
}

const folder = process.env['RX_LEADERSHIP_SCREENSHOTS'];

/** Keeps a picture of the page, where one is wanted. */
export async function picture(page: Page, name: string): Promise<void> {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}

/** Pages of a test on feeds of its own; all end with `close`. */
export class Pages {
  readonly #closing: (() => Promise<unknown>)[] = [];
  #browser: Browser | undefined;

  async launch(): Promise<void> {
    this.#browser = await launchChromium();
  }

  /** At the end of a test: `close` is called then. */
  atEnd(close: () => Promise<unknown>): void {
    this.#closing.push(close);
  }

  async serve(moved: Moved, options: FeedOptions = {}): Promise<FeedServer> {
    const server = await new FeedServer(moved.elections, options).start();
    this.atEnd(() => server.stop());
    return server;
  }

  /** Opens the dashboard, which must have nothing to complain of. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    if (this.#browser === undefined) throw new Error('no browser');
    const page = await this.#browser.newPage({
      viewport: { width: 1_000, height: 700 },
      ...options,
    });
    const complaints = complaintsOf(page);
    this.atEnd(async () => {
      await page.close();
      expect(complaints).toEqual([]);
    });
    await page.goto(url);
    await shows(page, '#contact', 'Live');
    return page;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close();
  }

  async end(): Promise<void> {
    await this.#browser?.close();
  }
}

export async function shows(page: Page, selector: string, text: string): Promise<void> {
  const shown = page.locator(selector).first();
  await eventually(async () => (await shown.innerText()).includes(text), {
    what: `${selector} to show ${text}`,
    within: 15_000,
  });
}
