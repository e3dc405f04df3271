/**
 * Cursors of an account's change feed: `EPOCH_PLACE`, the place encrypted. It is that of the last change that was
 * returned in the history of the whole database: plain, it would tell how much happens in other accounts. All nodes of
 * a database have the same key, and a cursor outlasts restarts.
 */

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

/** What a cursor looks like. */
export const ACCOUNT_CURSOR_PATTERN = '[0-9a-f]{12}_[A-Za-z0-9_-]{22}';

const CIPHER = 'aes-128-ecb';
const KEY_BYTES = 16;
const KEY_PURPOSE = 'cursors of account feeds';

/** A place in the history of a database. */
export interface AccountPlace {
  readonly epoch: string;
  readonly place: bigint;
}

/** Writes and reads cursors. */
export class AccountCursors {
  readonly #key: Buffer;

  /** @param secret of the database, the same for all nodes. */
  constructor(secret: Buffer) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', KEY_PURPOSE, KEY_BYTES));
  }

  write(accountID: number, { epoch, place }: AccountPlace): string {
    // One block, which no two cursors of an epoch share: there is nothing for a mode to chain.
    const block = Buffer.alloc(16);
    block.writeBigUInt64BE(BigInt(accountID), 0);
    block.writeBigUInt64BE(place, 8);
    const cipher = createCipheriv(CIPHER, this.#key, null).setAutoPadding(false);
    return `${epoch}_${Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url')}`;
  }

  /**
   * Reads a cursor.
   *
   * @param cursor of the form of {@link ACCOUNT_CURSOR_PATTERN}.
   * @returns the place as undefined for a cursor that was not made for this account by this database.
   */
  read(accountID: number, cursor: string): { readonly epoch: string; readonly place: bigint | undefined } {
    const at = cursor.indexOf('_');
    const text = cursor.slice(at + 1);
    const decipher = createDecipheriv(CIPHER, this.#key, null).setAutoPadding(false);
    const block = Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]);
    const isOfAccount = block.readBigUInt64BE(0) === BigInt(accountID);
    return { epoch: cursor.slice(0, at), place: isOfAccount ? block.readBigUInt64BE(8) : undefined };
  }
}
