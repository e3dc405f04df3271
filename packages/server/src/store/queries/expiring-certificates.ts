import type { ExpiredCertificate, ExpiringCertificates } from '../../orders/expiring-certificates.ts';
import type { Sql } from './sql.ts';

/** Comes before every certificate. */
const START = { notAfterSeconds: Number.MIN_SAFE_INTEGER, orderNumber: '0', position: 0 };

/** The certificates by the end of their validity; a partial index of both engines has them. */
export function expiringCertificatesOn(sql: Sql): ExpiringCertificates {
  const { nowSeconds, indexedBy } = sql.dialect;
  const now = sql.query<{ nowSeconds: number }>(`SELECT ${nowSeconds} AS "nowSeconds"`);
  const expired = sql.query<ExpiredCertificate>(`
    SELECT "notAfter" AS "notAfterSeconds", CAST("orderNumber" AS text) AS "orderNumber", position
    FROM certificate ${indexedBy('certificateByExpiry')}
    WHERE "notAfter" IS NOT NULL AND "certificateStatusMeaning" IN ('issued', 'replaced')
      AND NOT EXISTS (SELECT 1 FROM "followedOrder" f WHERE f."orderNumber" = certificate."orderNumber")
      AND "notAfter" < ${nowSeconds} AND "notAfter" >= CAST(?1 AS bigint)
      AND ("notAfter", "orderNumber", position) > (CAST(?1 AS bigint), CAST(?2 AS bigint), CAST(?3 AS integer))
    ORDER BY certificate."notAfter", certificate."orderNumber", certificate.position LIMIT ?4`);

  return {
    async expired(limit, { notAfterSeconds, orderNumber, position } = START) {
      // Before: what ends in between is found the next time.
      const { nowSeconds: lookedSeconds = 0 } = (await now.get()) ?? {};
      const certificates = await expired.all(notAfterSeconds, orderNumber, position, limit);
      return { certificates, nowSeconds: lookedSeconds };
    },
  };
}
