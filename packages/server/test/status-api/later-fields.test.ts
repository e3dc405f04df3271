/**
 * An issued order with everything that later revisions added, byte for byte, in both formats and under both revisions.
 */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CertificateRecord, ServedRevision } from '@cert-order-status/protocol';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { LOGIN } from '../wire-texts.ts';

const LATER = {
  slId: '77',
  slSiteIds: '1,2',
  qualysCreationDate: '2025-06-12',
  qualysExpirationDate: '2026-06-12',
  upsTrackingID: '1Z 999',
  shippingOrganizationName: 'Acme & Söhne',
  shippingOrganizationalUnitName: 'IT',
  shippingStreetAddress1: '1 High St',
  shippingStreetAddress2: 'Floor 2',
  shippingStreetAddress3: 'Room 3',
  shippingLocalityName: 'Leeds',
  shippingStateOrProvinceName: 'West Yorkshire',
  shippingPostalCode: 'LS1 1AA',
  shippingCountry: 'GB',
  shippingTitle: 'Dr',
  shippingForename: 'Ada',
  shippingSurname: "O'Neill",
  shippingEmail: 'ada@example.com',
  shippingPhone: '+44 113 496 0000',
} as const satisfies Partial<CertificateRecord>;

const ORDERS = [
  acmeOrder({
    orderStatus: 'Completed',
    suggestedOrgDetails: {
      status: 'Found',
      organizations: [{ organizationName: 'Acme Ltd', countryName: 'GB' }, { organizationName: 'Acme Inc' }],
    },
    certificates: [
      acmeCertificate({
        certificateStatus: 'Issued',
        serialNumber: '0A1B',
        notBefore: '2025-06-11T12:00:00Z',
        notAfter: '2026-06-11T12:00:00Z',
        ...LATER,
      }),
      acmeCertificate({
        certificateID: '5550002',
        certificateStatus: 'Issued',
        serialNumber: '0C',
        slId: '78',
      }),
    ],
  }),
  acmeOrder({
    orderNumber: '7250061',
    replacesOrderNumber: '7250060',
    certificates: [acmeCertificate({ certificateID: '5550003' })],
  }),
];

/** The order itself. */
const ORDER =
  'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Completed' +
  '&1_suggestedOrgDetails=Found&1_organizationName=Acme+Ltd&1_countryName=GB';
const VALIDITY = '&1_1_notBefore=1749643200&1_1_notAfter=1781179200';
const CHECKS = (prefix: string) =>
  [
    ['csrStatus', 1],
    ['dcvStatus', 2],
    ['ovCallBackStatus', -1],
    ['organizationValidationStatus', -1],
    ['freeDVUPStatus', -1],
    ['evClickThroughStatus', -1],
    ['caaStatus', 0],
  ]
    .map(([name, value]) => `&${prefix}_${name}=${value}`)
    .join('');
const STATUS = '_objectType=SSL&P_FQDN=www.example.com&P_certificateStatus=';
const statusOf = (prefix: string, word: string) => `&${prefix}${STATUS.replaceAll('P', prefix)}${word}`;
const LATER_FORM =
  '&1_1_slId=77&1_1_slSiteIds=1%2C2&1_1_qualysCreationDate=2025-06-12&1_1_qualysExpirationDate=2026-06-12' +
  '&1_1_upsTrackingID=1Z+999&1_1_shippingOrganizationName=Acme+%26+S%C3%B6hne&1_1_shippingOrganizationalUnitName=IT' +
  '&1_1_shippingStreetAddress1=1+High+St&1_1_shippingStreetAddress2=Floor+2&1_1_shippingStreetAddress3=Room+3' +
  '&1_1_shippingLocalityName=Leeds&1_1_shippingStateOrProvinceName=West+Yorkshire&1_1_shippingPostalCode=LS1+1AA' +
  '&1_1_shippingCountry=GB&1_1_shippingTitle=Dr&1_1_shippingForename=Ada&1_1_shippingSurname=O%27Neill' +
  '&1_1_shippingEmail=ada%40example.com&1_1_shippingPhone=%2B44+113+496+0000';

interface Shown {
  readonly validity?: boolean;
  readonly checks?: boolean;
  readonly later?: boolean;
}

/** The order's response, as far as a query and a revision show it. */
function formOf({ validity = false, checks = true, later = true }: Shown): string {
  return [
    `${ORDER}&1_1_serialNumber=0A1B`,
    validity ? VALIDITY : '',
    statusOf('1_1', 'Issued'),
    checks ? CHECKS('1_1') : '',
    checks && later ? LATER_FORM : '',
    `&1_2_serialNumber=0C${statusOf('1_2', 'Issued')}`,
    checks ? CHECKS('1_2') : '',
    checks && later ? '&1_2_slId=78' : '',
  ].join('');
}

const CHECKS_JSON =
  '"csrStatus":1,"dcvStatus":2,"ovCallBackStatus":-1,"organizationValidationStatus":-1,"freeDVUPStatus":-1,' +
  '"evClickThroughStatus":-1,"caaStatus":0';
const LATER_JSON =
  '"slId":"77","slSiteIds":"1,2","qualysCreationDate":"2025-06-12","qualysExpirationDate":"2026-06-12",' +
  '"upsTrackingID":"1Z 999","shippingOrganizationName":"Acme & Söhne","shippingOrganizationalUnitName":"IT",' +
  '"shippingStreetAddress1":"1 High St","shippingStreetAddress2":"Floor 2","shippingStreetAddress3":"Room 3",' +
  '"shippingLocalityName":"Leeds","shippingStateOrProvinceName":"West Yorkshire","shippingPostalCode":"LS1 1AA",' +
  '"shippingCountry":"GB","shippingTitle":"Dr","shippingForename":"Ada","shippingSurname":"O\'Neill",' +
  '"shippingEmail":"ada@example.com","shippingPhone":"+44 113 496 0000"';

function jsonOf({ validity = false, checks = true }: Shown): string {
  const parts = (...list: readonly string[]) => list.filter((part) => part !== '').join(',');
  const status = '"objectType":"SSL","FQDN":"www.example.com","certificateStatus":"Issued"';
  const first = parts(
    '"serialNumber":"0A1B"',
    validity ? '"notBefore":1749643200,"notAfter":1781179200' : '',
    status,
    checks ? `${CHECKS_JSON},${LATER_JSON}` : '',
  );
  const second = parts('"serialNumber":"0C"', status, checks ? `${CHECKS_JSON},"slId":"78"` : '');
  return (
    '{"errorCode":0,"orders":[{"orderNumber":"7250060","orderDateTime":"2025-06-11 11:57","orderStatus":"Completed",' +
    '"suggestedOrgDetails":{"status":"Found","organizations":[{"organizationName":"Acme Ltd","countryName":"GB"},' +
    `{"organizationName":"Acme Inc"}]},"certificates":[{${first}},{${second}}]}]}`
  );
}

const REPLACEMENT =
  '&2_orderNumber=7250061&2_orderDateTime=2025-06-11+11%3A57&2_orderStatus=Pending' +
  statusOf('2_1', 'Awaiting+Validation') +
  CHECKS('2_1');

/** Requests each of which gets one response. */
async function each(
  t: TestContext,
  apiRevision: ServedRevision,
  responses: Readonly<Record<string, string>>,
) {
  const service = await runService(t, { orders: ORDERS, settings: { apiRevision } });
  for (const [query, expected] of Object.entries(responses)) {
    await t.test(query, async () => {
      const { status, body } = await service.ask(`${LOGIN}&${query}`);
      assert.deepEqual({ status, body }, { status: 200, body: expected });
    });
  }
}

test('under revision 1.10', async (t) => {
  await each(t, '1.10', {
    'orderNumber=7250060&queryType=0': formOf({ checks: false }),
    'orderNumber=7250060&queryType=0&showValidityPeriod=y': formOf({ checks: false, validity: true }),
    'orderNumber=7250060&queryType=1': formOf({}),
    'orderNumber=7250060&queryType=1&showValidityPeriod=N&responseFormat=1': formOf({}),
    'orderNumber=7250060&queryType=1&showValidityPeriod=Y': formOf({ validity: true }),
    'orderNumber=7250060&queryType=0&responseFormat=2': jsonOf({ checks: false }),
    'orderNumber=7250060&queryType=0&responseFormat=2&showValidityPeriod=Y': jsonOf({
      checks: false,
      validity: true,
    }),
    'orderNumber=7250060&queryType=1&responseFormat=2': jsonOf({}),
    'orderNumber=7250060&queryType=1&responseFormat=2&showValidityPeriod=Y': jsonOf({ validity: true }),
  });
});

test("the shape of the vendor's sample request: orderNumber, queryType=2, showValidityPeriod=Y", async (t) => {
  await each(t, '1.10', {
    'orderNumber=7250060&queryType=2&showValidityPeriod=Y': formOf({ validity: true }) + REPLACEMENT,
  });
});

test('under revision 1.2 no later field is sent, and the later arguments are unrecognised', async (t) => {
  const unrecognised = (name: string) =>
    `errorCode=-2&errorMessage=%27${name}%27+is+an+unrecognised+argument%21`;
  await each(t, '1.2', {
    'orderNumber=7250060&queryType=0': formOf({ checks: false }),
    'orderNumber=7250060&queryType=1': formOf({ later: false }),
    'orderNumber=7250060&queryType=2': formOf({ later: false }) + REPLACEMENT,
    'orderNumber=7250060&queryType=1&showValidityPeriod=Y': unrecognised('showValidityPeriod'),
    'orderNumber=7250060&queryType=1&responseFormat=2': unrecognised('responseFormat'),
    'orderNumber=7250060&queryType=1&responseFormat=2&showValidityPeriod=Y': unrecognised('responseFormat'),
  });
});

test('a certificate without them gets what it got before, even where its validity period is asked for', async (t) => {
  await each(t, '1.10', {
    'certificateID=5550003&queryType=1&showValidityPeriod=Y':
      'errorCode=0&1_orderNumber=7250061&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending' +
      statusOf('1_1', 'Awaiting+Validation') +
      CHECKS('1_1'),
  });
});
