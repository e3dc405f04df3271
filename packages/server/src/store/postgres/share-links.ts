import {
  type FoundLink,
  LINKS_PER_ACCOUNT,
  LINKS_PER_ORDER,
  type ShareLinks,
} from '../../orders/share-links.ts';
import { ENDED_LINKS_KEPT, type ShareLinkRow, shareLink } from '../queries/share-link-rows.ts';
import type { Database } from './connections.ts';

const NOW = 'floor(extract(epoch FROM now()) * 1000)::bigint';

const FIND = `
  SELECT s."linkID", s."orderNumber"::text AS "orderNumber", a."loginName" AS account, s.expires::float8 AS expires
  FROM "shareLink" s JOIN "order" o USING ("orderNumber") JOIN account a USING ("accountID")
  WHERE s.digest = $1 AND s.revoked IS NULL AND s.expires > ${NOW} AND NOT a.disabled`;
const OF_ORDER = `
  SELECT "linkID", created::float8 AS created, expires::float8 AS expires, revoked::float8 AS revoked,
    "lastUsed"::float8 AS "lastUsed"
  FROM "shareLink" WHERE "orderNumber" = $1::bigint AND "linkID" < coalesce($2::bigint, 9007199254740991)
  ORDER BY "linkID" DESC LIMIT $3::bigint`;
const WORKS = `revoked IS NULL AND expires > ${NOW}`;
/** So that the limits hold whichever nodes add links at once. Orders may be written meanwhile. */
const LOCK_ACCOUNT = `
  SELECT 1 FROM account WHERE "accountID" = (SELECT "accountID" FROM "order" WHERE "orderNumber" = $1::bigint)
  FOR NO KEY UPDATE`;
const IS_ORDER_FULL = `
  SELECT 1 FROM "shareLink" WHERE "orderNumber" = $1::bigint AND ${WORKS} LIMIT 1 OFFSET ${LINKS_PER_ORDER - 1}`;
const IS_ACCOUNT_FULL = `
  SELECT 1 FROM "shareLink" JOIN "order" USING ("orderNumber")
  WHERE "accountID" = (SELECT "accountID" FROM "order" WHERE "orderNumber" = $1::bigint) AND ${WORKS}
  LIMIT 1 OFFSET ${LINKS_PER_ACCOUNT - 1}`;
const FORGET = `
  DELETE FROM "shareLink" WHERE "linkID" IN (
    SELECT "linkID" FROM "shareLink" WHERE "orderNumber" = $1::bigint AND NOT (${WORKS})
    ORDER BY "linkID" DESC OFFSET ${ENDED_LINKS_KEPT})`;
const ADD = `
  INSERT INTO "shareLink" (digest, "orderNumber", created, expires) VALUES ($1, $2::bigint, ${NOW}, $3::bigint)`;
const REVOKE = `
  UPDATE "shareLink" SET revoked = ${NOW}
  WHERE "orderNumber" = $1::bigint AND "linkID" = $2::integer AND revoked IS NULL`;
const USE = `UPDATE "shareLink" SET "lastUsed" = ${NOW} WHERE "linkID" = $1::integer`;

/** The share links in PostgreSQL. */
export function postgresShareLinks(database: Database): ShareLinks {
  return {
    async find(digest) {
      const [row] = await database.run(FIND, [digest]);
      return row as FoundLink | undefined;
    },
    async ofOrder(orderNumber, { before, limit } = {}) {
      return (
        (await database.run(OF_ORDER, [
          orderNumber,
          before ?? null,
          limit ?? null,
        ])) as unknown as ShareLinkRow[]
      ).map(shareLink);
    },
    async add(digest, orderNumber, expires) {
      return database.transaction(async (transaction) => {
        await transaction.run(LOCK_ACCOUNT, [orderNumber]);
        if ((await transaction.run(IS_ORDER_FULL, [orderNumber])).length > 0) return 'order is full';
        if ((await transaction.run(IS_ACCOUNT_FULL, [orderNumber])).length > 0) return 'account is full';
        await transaction.change(FORGET, [orderNumber]);
        await transaction.change(ADD, [digest, orderNumber, expires]);
        return 'added';
      });
    },
    async revoke(orderNumber, linkID) {
      return (await database.change(REVOKE, [orderNumber, linkID])) === 1;
    },
    async use(linkID) {
      await database.change(USE, [linkID]);
    },
  };
}
