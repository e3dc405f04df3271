/** What a watch shows: each event as a line, and on a terminal below them a live line for each order. */

import { describeDuration, explain, orderMeaning } from '@cert-order-status/protocol';
import type { StatusUpdate } from '../watch.ts';
import { markOf, reportOf, textOf } from './describe-status.ts';
import { LiveBlock } from './live-block.ts';
import { jsonLine, print, printable, printError } from './output.ts';
import { styleOf } from './style.ts';

const SECOND_MS = 1000;

/** What is known of one order. */
interface Row {
  mark: string;
  status?: string;
  /** What it waits for, or how it ended. */
  text: string;
  /** When the next request is due, by `performance.now()`; undefined when there is none. */
  next?: number | undefined;
  isOver?: boolean;
}

/** Shows it on standard output. */
export class WatchDisplay {
  readonly #rows: Map<string, Row>;
  readonly #interval: number;
  readonly #json: boolean;
  readonly #style = styleOf(process.stdout);
  readonly #block: LiveBlock;
  readonly #clock: NodeJS.Timeout | undefined;
  /** Changes are told by the feed, and no request is due. */
  #isFollowing = false;

  /** @param names what is watched. */
  constructor(names: readonly string[], intervalMs: number, json: boolean) {
    this.#rows = new Map(names.map((name) => [name, { mark: '…', text: 'not asked yet' }]));
    this.#interval = intervalMs;
    this.#json = json;
    const isLive = this.#style.isTerminal && !json;
    this.#block = new LiveBlock(process.stdout, isLive);
    if (!isLive) return;
    this.#clock = setInterval(this.#show, SECOND_MS).unref();
    process.stdout.on('resize', this.#show);
  }

  /** Whether the change feed tells of changes. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** From now on the change feed tells of changes. */
  follows(): void {
    this.#isFollowing = true;
    this.#printError("follows the service's change feed");
  }

  /** From now on each order is asked for in each interval. */
  polls(why: string): void {
    this.#isFollowing = false;
    for (const row of this.#rows.values()) row.next &&= performance.now() + this.#interval;
    const interval = describeDuration(this.#interval);
    this.#printError(`does not follow the change feed: ${why}; asks for each order every ${interval}`);
  }

  /** The service has responded; a change comes with {@link update}. */
  heard(name: string): void {
    this.#row(name).next = performance.now() + this.#interval;
    this.#show();
  }

  /** The first status, or a change. */
  update(name: string, { status, changes, settled, success }: StatusUpdate): void {
    if (this.#json) {
      this.#print(jsonLine({ at: now(), watched: name, changes, ...reportOf(status) }));
      return;
    }
    const row = this.#row(name);
    const [order] = status.orders;
    const [explained] = explain(status).orders;
    const waits = [
      ...(explained?.waitsFor ?? []),
      ...(explained?.certificates ?? []).flatMap(({ waitsFor }) => waitsFor.slice(0, 1)),
    ].map(textOf);
    const lines = changes.map(String);
    row.status = order?.orderStatus ?? '(no status)';
    if (lines.length === 0) lines.push(`orderStatus: ${row.status}`);
    if (settled) {
      row.isOver = true;
      const end =
        order?.certificates.length === 0 ? 'settled, without a certificate' : 'settled, and not issued';
      row.text = success ? 'issued' : end;
      row.mark = markOf(success ? 'issued' : 'rejected', this.#style);
      lines.push(success ? 'It is issued' : `It is ${end}: ${explained?.summary}`);
    } else {
      row.text = waits.length > 1 ? `${waits[0]} (and ${waits.length - 1} more)` : (waits[0] ?? '');
      row.mark = markOf(orderMeaning(order?.orderStatus), this.#style);
      lines.push(...new Set(waits.map((wait) => `waits for ${wait}`)));
    }
    const { paint } = this.#style;
    const at = `${paint('dim', now())} ${paint('bold', name)}`;
    this.#print(lines.map((line) => `${at} ${printable(line)}`).join('\n'));
  }

  /** A request failed and is retried. */
  missed(name: string, why: string, nextInMs: number): void {
    this.#row(name).next = performance.now() + nextInMs;
    this.#complain(name, `${why}; next request in ${describeDuration(nextInMs)}`);
  }

  /** The watch of an order ended without its being settled. */
  failed(name: string, why: string): void {
    Object.assign(this.#row(name), { text: why, mark: markOf('rejected', this.#style), isOver: true });
    this.#complain(name, why);
  }

  /** The time is up. */
  gaveUp(name: string): void {
    this.#complain(name, 'not settled in time');
  }

  /** Nothing more is shown. */
  end(): void {
    clearInterval(this.#clock);
    process.stdout.off('resize', this.#show);
    this.#block.clear();
  }

  #row(name: string): Row {
    const row = this.#rows.get(name);
    if (row === undefined) throw new Error(`${name} is not watched`);
    return row;
  }

  #complain(name: string, line: string): void {
    this.#printError(`${name} ${line}`);
  }

  #printError(line: string): void {
    this.#block.clear();
    printError(`${now()} ${line}`);
    this.#show();
  }

  #print(line: string): void {
    this.#block.clear();
    print(line);
    this.#show();
  }

  readonly #show = (): void => {
    // Orders that are still watched come first, should there be no room for all.
    const rows = [...this.#rows].sort(
      ([, a], [, b]) => Number(a.isOver ?? false) - Number(b.isOver ?? false),
    );
    const { room } = this.#block;
    const shown = rows.length <= room ? [...this.#rows] : rows.slice(0, room - 1);
    const width = Math.max(0, ...shown.map(([name]) => name.length));
    const lines = shown.map(([name, row]) => this.#lineOf(name.padEnd(width), row));
    if (shown.length < rows.length)
      lines.push(this.#style.paint('dim', `… and ${rows.length - shown.length} more`));
    this.#block.show(lines);
  };

  #lineOf(name: string, { mark, status = '', text, next, isOver }: Row): string {
    const due =
      next === undefined || isOver || this.#isFollowing
        ? ''
        : ` (asked again in ${describeDuration(next - performance.now())})`;
    return `${mark} ${name}  ${printable(status)}${this.#style.paint('dim', due)}  ${text}`;
  }
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+/, '');
}
