import type { DatabaseSync } from 'node:sqlite';
import {
  type FoundLink,
  LINKS_PER_ACCOUNT,
  LINKS_PER_ORDER,
  type ShareLinks,
} from '../../orders/share-links.ts';
import { ENDED_LINKS_KEPT, type ShareLinkRow, shareLink } from '../queries/share-link-rows.ts';
import { EVERY_ROW } from './every-row.ts';
import { inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

const NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

const WORKS = `revoked IS NULL AND expires > ${NOW}`;

/** The share links in SQLite. */
export function sqliteShareLinks(database: DatabaseSync): ShareLinks {
  const find = database.prepare(`
    SELECT s.linkID, CAST(s.orderNumber AS TEXT) AS orderNumber, a.loginName AS account, s.expires
    FROM shareLink s JOIN "order" o USING (orderNumber) JOIN account a USING (accountID)
    WHERE s.digest = ? AND s.revoked IS NULL AND s.expires > ${NOW} AND NOT a.disabled`);
  const ofOrder = database.prepare(`
    SELECT linkID, created, expires, revoked, lastUsed FROM shareLink
    WHERE orderNumber = ? AND linkID < ? ORDER BY linkID DESC LIMIT ?`);
  const isOrderFull = database.prepare(`
    SELECT 1 FROM shareLink WHERE orderNumber = ? AND ${WORKS} LIMIT 1 OFFSET ${LINKS_PER_ORDER - 1}`);
  // Link by link, as an account may have any number of orders.
  const isAccountFull = database.prepare(`
    SELECT 1 FROM shareLink CROSS JOIN "order" USING (orderNumber)
    WHERE accountID = (SELECT accountID FROM "order" WHERE orderNumber = ?) AND ${WORKS}
    LIMIT 1 OFFSET ${LINKS_PER_ACCOUNT - 1}`);
  const forget = prepareWrite(
    database,
    `DELETE FROM shareLink WHERE linkID IN (
       SELECT linkID FROM shareLink WHERE orderNumber = ? AND NOT (${WORKS})
       ORDER BY linkID DESC LIMIT ${EVERY_ROW} OFFSET ${ENDED_LINKS_KEPT})`,
  );
  const add = prepareWrite(
    database,
    `INSERT INTO shareLink (digest, orderNumber, created, expires) VALUES (?, ?, ${NOW}, ?)`,
  );
  const revoke = prepareWrite(
    database,
    `UPDATE shareLink SET revoked = ${NOW} WHERE orderNumber = ? AND linkID = ? AND revoked IS NULL`,
  );
  const use = prepareWrite(database, `UPDATE shareLink SET lastUsed = ${NOW} WHERE linkID = ?`);

  return {
    async find(digest) {
      return find.get(digest) as FoundLink | undefined;
    },
    async ofOrder(orderNumber, { before = Number.MAX_SAFE_INTEGER, limit = EVERY_ROW } = {}) {
      return (ofOrder.all(BigInt(orderNumber), before, limit) as unknown as ShareLinkRow[]).map(shareLink);
    },
    async add(digest, orderNumber, expires) {
      const order = BigInt(orderNumber);
      return inTransaction(database, () => {
        if (isOrderFull.get(order) !== undefined) return 'order is full';
        if (isAccountFull.get(order) !== undefined) return 'account is full';
        forget(order);
        add(digest, order, expires);
        return 'added';
      });
    },
    async revoke(orderNumber, linkID) {
      return inTransaction(database, () => revoke(BigInt(orderNumber), linkID) === 1);
    },
    async use(linkID) {
      await inTransaction(database, () => use(linkID));
    },
  };
}
