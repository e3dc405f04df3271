/** How many pages a process keeps up to date, in all and for each of those who have them open. */

import type { FastifyRequest } from 'fastify';
import { addressBlock } from '../http/address-block.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import type { LimitName } from '../limits.ts';

/** The limits, each for one process. */
export interface OpenPageLimits {
  readonly inAll: number;
  /** Of one account's own pages; its share links together may have as many besides. */
  readonly perAccount: number;
  readonly perLink: number;
  /** Of one address (IPv6: one /64). */
  readonly perAddress: number;
}

/** Unless the settings say otherwise. */
export const OPEN_PAGES: OpenPageLimits = { inAll: 1000, perAccount: 100, perLink: 50, perAddress: 100 };

/** The part of all open pages that those opened with share links may take together: what is left is for accounts. */
const PART_OF_LINKS = 0.5;

/** Who has a page open. */
export interface Follower {
  /** Login name of the session's account, or of the account of the shared order. */
  readonly account: string;
  /** The link that the page was opened with, if it was. */
  readonly linkID?: number | undefined;
  /** The block of addresses that counts; left out for a proxy's, which stands for many. */
  readonly addressBlock?: string | undefined;
}

/**
 * The block of addresses that a request counts for; none when it is a trusted proxy's own, which stands for any client.
 */
export function followerBlock({ raw }: FastifyRequest, proxies: TrustedProxies): string | undefined {
  const address = proxies.clientAddress(raw);
  return proxies.has(address) ? undefined : addressBlock(address);
}

/** Counts open pages. */
export class OpenPages {
  readonly #limits: OpenPageLimits;
  readonly #open = new Map<string, number>();

  constructor(limits: OpenPageLimits) {
    this.#limits = limits;
  }

  /** Counts one more, and gives what counts it off again; or the limit that it would pass. */
  take(follower: Follower): (() => void) | LimitName {
    const counts = this.#countsOf(follower);
    for (const [key, most, limit] of counts) if ((this.#open.get(key) ?? 0) >= most) return limit;
    for (const [key] of counts) this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    return () => {
      for (const [key] of counts) {
        const left = (this.#open.get(key) ?? 1) - 1;
        if (left > 0) this.#open.set(key, left);
        else this.#open.delete(key);
      }
    };
  }

  #countsOf({ account, linkID, addressBlock }: Follower): (readonly [string, number, LimitName])[] {
    const { inAll, perAccount, perLink, perAddress } = this.#limits;
    return [
      ...(addressBlock === undefined
        ? []
        : [[`address ${addressBlock}`, perAddress, 'openPagesPerAddress'] as const]),
      ...(linkID === undefined
        ? [[`account ${account}`, perAccount, 'openPagesPerAccount'] as const]
        : [
            [`link ${linkID}`, perLink, 'openPagesPerLink'] as const,
            [`links of ${account}`, perAccount, 'openPagesPerAccount'] as const,
            ['links', Math.max(1, Math.floor(inAll * PART_OF_LINKS)), 'openPagesOfLinks'] as const,
          ]),
      ['all', inAll, 'openPages'],
    ];
  }
}
