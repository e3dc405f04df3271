import {
  type FoundLink,
  LINKS_PER_ACCOUNT,
  LINKS_PER_ORDER,
  type ShareLink,
  type ShareLinks,
} from '../../orders/share-links.ts';
import { EVERY_ROW, get, run, type Sql } from './sql.ts';
import { dateTimeOfMs } from './times.ts';

/** How many links that work no more an order keeps, the latest. */
const ENDED_LINKS_KEPT = 100;

/** Times are milliseconds since 1970. */
interface ShareLinkRow {
  readonly linkID: number;
  readonly created: number;
  readonly expires: number;
  readonly revoked: number | null;
  readonly lastUsed: number | null;
}

/** The share links. */
export function shareLinksOn(sql: Sql): ShareLinks {
  const { nowMs, lockRows, joinFromLeft } = sql.dialect;
  const works = `revoked IS NULL AND expires > ${nowMs}`;
  const accountOfOrder = '(SELECT "accountID" FROM "order" WHERE "orderNumber" = ?)';
  const find = sql.query<FoundLink>(`
    SELECT s."linkID", CAST(s."orderNumber" AS text) AS "orderNumber", a."loginName" AS account,
      s.expires AS "expiresMs"
    FROM "shareLink" s JOIN "order" o USING ("orderNumber") JOIN account a USING ("accountID")
    WHERE s.digest = ? AND s.revoked IS NULL AND s.expires > ${nowMs} AND NOT a.disabled`);
  const ofOrder = sql.query<ShareLinkRow>(`
    SELECT "linkID", created, expires, revoked, "lastUsed" FROM "shareLink"
    WHERE "orderNumber" = ? AND "linkID" < CAST(? AS bigint) ORDER BY "linkID" DESC LIMIT ?`);
  // So that the limits hold whichever nodes add links at once. Orders may be written meanwhile.
  const lockAccount = sql.query(`SELECT 1 FROM account WHERE "accountID" = ${accountOfOrder} ${lockRows}`);
  const isOrderFull = sql.query(`
    SELECT 1 FROM "shareLink" WHERE "orderNumber" = ? AND ${works} LIMIT 1 OFFSET ${LINKS_PER_ORDER - 1}`);
  // Link by link, as an account may have any number of orders.
  const isAccountFull = sql.query(`
    SELECT 1 FROM "shareLink" s ${joinFromLeft} "order" o ON o."orderNumber" = s."orderNumber"
    WHERE o."accountID" = ${accountOfOrder} AND ${works} LIMIT 1 OFFSET ${LINKS_PER_ACCOUNT - 1}`);
  const removeEnded = sql.change(`
    DELETE FROM "shareLink" WHERE "linkID" IN (
      SELECT "linkID" FROM "shareLink" WHERE "orderNumber" = ? AND NOT (${works})
      ORDER BY "linkID" DESC LIMIT ${EVERY_ROW} OFFSET ${ENDED_LINKS_KEPT})`);
  const add = sql.change(
    `INSERT INTO "shareLink" (digest, "orderNumber", created, expires) VALUES (?, ?, ${nowMs}, ?)`,
  );
  const revoke = sql.change(`
    UPDATE "shareLink" SET revoked = ${nowMs} WHERE "orderNumber" = ? AND "linkID" = ? AND revoked IS NULL`);
  const use = sql.change(`UPDATE "shareLink" SET "lastUsed" = ${nowMs} WHERE "linkID" = ?`);

  return {
    find: (digest) => find.get(digest),
    async ofOrder(orderNumber, { before = EVERY_ROW, limit = EVERY_ROW } = {}) {
      return (await ofOrder.all(orderNumber, before, limit)).map(shareLink);
    },
    add(digest, orderNumber, expiresMs) {
      return sql.transaction(function* () {
        yield* get(lockAccount, orderNumber);
        if ((yield* get(isOrderFull, orderNumber)) !== undefined) return 'order is full';
        if ((yield* get(isAccountFull, orderNumber)) !== undefined) return 'account is full';
        yield* run(removeEnded, orderNumber);
        yield* run(add, digest, orderNumber, expiresMs);
        return 'added';
      });
    },
    async revoke(orderNumber, linkID) {
      return (await revoke.run(orderNumber, linkID)) === 1;
    },
    async use(linkID) {
      await use.run(linkID);
    },
  };
}

function shareLink({ linkID, created, expires, revoked, lastUsed }: ShareLinkRow): ShareLink {
  return {
    linkID,
    created: dateTimeOfMs(created),
    expires: dateTimeOfMs(expires),
    revoked: dateTimeOfMs(revoked),
    lastUsed: dateTimeOfMs(lastUsed),
  };
}
