/** A request that uses nothing newer than revision 1.2 gets the same bytes under every revision. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HttpRequest, runService, STATUS_PATH, sendRequest } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { LOGIN, QUESTION } from '../wire-texts.ts';

const ORDERS = [
  acmeOrder({
    suggestedOrgDetails: {
      status: 'Found',
      organizations: [{ organizationName: 'Acme & Söhne', countryName: 'GB' }, { postalCode: 'LS1' }],
    },
    certificates: [
      acmeCertificate(),
      acmeCertificate({ certificateID: '5550002', certificateStatus: 'Issued', serialNumber: '0A' }),
    ],
  }),
  acmeOrder({
    orderNumber: '7250061',
    replacesOrderNumber: '7250060',
    orderStatus: 'Rejected',
    orderStatusReason: 'Fraud',
    certificates: [
      acmeCertificate({
        certificateID: '5550003',
        certificateStatus: 'Rejected',
        certificateStatusReason: 'Fraud',
      }),
    ],
  }),
];

const REQUESTS: readonly (string | Partial<HttpRequest>)[] = [
  ...['0', '1', '2', '3', ''].flatMap((queryType) => [
    `${LOGIN}&orderNumber=7250060&queryType=${queryType}`,
    `${LOGIN}&orderNumber=7250061&queryType=${queryType}`,
    `${LOGIN}&certificateID=5550002&queryType=${queryType}`,
    `${LOGIN}&orderNumber=7250060&certificateID=5550003&queryType=${queryType}`,
  ]),
  '',
  'colour=red',
  LOGIN,
  'loginName=a',
  `${QUESTION}&SID=1`,
  `${QUESTION}&queryType=0`,
  `${LOGIN}&orderNumber=0&queryType=0`,
  `${LOGIN}&orderNumber=1&queryType=0`,
  `${LOGIN}&certificateID=x&queryType=0`,
  QUESTION.replace('correct', 'wrong'),
  QUESTION.replace('acme-hosting', 'unknown'),
  'x'.repeat(20_000),
  { body: QUESTION, scheme: 'http' },
  { body: '', method: 'GET' },
  { body: '', method: 'PUT' },
  { body: QUESTION, headers: { 'Content-Type': 'application/json' } },
];

for (const suggestedOrgDetails of ['flat', 'nested'] as const) {
  test(`the same bytes, suggested organisations ${suggestedOrgDetails}`, async (t) => {
    const old = await runService(t, {
      orders: ORDERS,
      settings: { apiRevision: '1.2', suggestedOrgDetails },
    });
    const latest = await runService(t, {
      orders: ORDERS,
      settings: { apiRevision: '1.10', suggestedOrgDetails },
    });
    for (const request of REQUESTS) {
      const how = typeof request === 'string' ? { body: request } : request;
      const [before, now] = await Promise.all(
        [old, latest].map(async ({ port }) => {
          const { status, headers, body } = await sendRequest({
            scheme: 'https',
            port,
            method: 'POST',
            path: STATUS_PATH,
            body: '',
            headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
            ...how,
          });
          const { date, ...rest } = headers;
          return { status, headers: rest, body };
        }),
      );
      assert.deepEqual(now, before, JSON.stringify(request).slice(0, 100));
    }
  });
}
