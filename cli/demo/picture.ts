import type { Standing } from './candidate-process.js';

const signs: Readonly<Record<Standing, string>> = { gone: ' ', joins: '?', waits: '·', leads: '█' };

/** Lines of time, one of each candidate, a sign per moment. */
export class Picture {
  readonly #lines = new Map<string, Standing[]>();

  add(id: string, standing: Standing): void {
    const line = this.#lines.get(id) ?? [];
    line.push(standing);
    this.#lines.set(id, line);
  }

  /** The last `width` moments. `leading`: how to show who leads. */
  draw(width: number, leading = (text: string) => text): readonly string[] {
    const idWidth = Math.max(0, ...[...this.#lines.keys()].map((id) => id.length));
    return [...this.#lines].map(([id, line]) => {
      const shown = line.slice(-width).map((standing) => signs[standing]);
      const text = shown.join('').replace(/█+/gu, leading);
      return `${id.padEnd(idWidth)}  ${text}`;
    });
  }

  /** What the signs mean. */
  static readonly legend = '█ leads  · waits  ? joins';
}
