/** A program that follows the feed of an account, whatever becomes of the service meanwhile. */

import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { getFeed, type SeenChange } from './customer-service.ts';

/** What a follower has seen. */
export interface Followed {
  readonly changes: readonly SeenChange[];
  readonly cursor: string;
}

/** How it follows. */
interface Following {
  /** Where the service is by now. */
  readonly port: () => number;
  readonly authorization: string;
  readonly after?: string;
  /** Whether it has seen enough. */
  readonly isEnough: (changes: readonly SeenChange[]) => boolean;
}

/** Follows; when the service does not answer, or cannot, it tries again from where it was. */
export async function follow({ port, authorization, after, isEnough }: Following): Promise<Followed> {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const changes: SeenChange[] = [];
  let cursor = after;
  while (!isEnough(changes)) {
    const query = `wait=2&limit=37${cursor === undefined ? '' : `&after=${cursor}`}`;
    const answer = await getFeed(`/v1/changes?${query}`, { port: port(), authorization, agent }).catch(
      () => {},
    );
    if (answer === undefined || answer.status === 503) {
      await pause(20);
      continue;
    }
    assert.equal(answer.status, 200, answer.body);
    changes.push(...answer.json.changes);
    cursor = answer.json.cursor;
  }
  agent.destroy();
  return { changes, cursor: cursor ?? '' };
}

/** The versions that were seen of each order, in their order. */
export function versionsOf(changes: readonly SeenChange[]): Map<string, number[]> {
  const versions = new Map<string, number[]>();
  for (const { orderNumber, version } of changes) {
    versions.set(orderNumber, [...(versions.get(orderNumber) ?? []), version]);
  }
  return versions;
}
