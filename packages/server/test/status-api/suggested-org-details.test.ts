import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SuggestedOrgDetailsRecord } from '@cert-order-status/protocol';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { QUESTION } from '../wire-texts.ts';

const ORDER = 'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending';
const CERTIFICATE = '&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Validation';

const MATCHES: SuggestedOrgDetailsRecord = {
  status: 'Found',
  organizations: [
    {
      organizationName: 'Acme & Söhne Ltd',
      streetAddress: '1 High St',
      localityName: 'Leeds',
      stateOrProvinceName: 'West Yorkshire',
      postalCode: 'LS1 1AA',
      countryName: 'GB',
      dunsNumber: '217568534',
      telephoneNumber: '+44 113 496 0000',
    },
    { organizationName: 'Acme Inc.', countryName: 'US' },
  ],
};

const orders = (suggestedOrgDetails: SuggestedOrgDetailsRecord) => [acmeOrder({ suggestedOrgDetails })];

test('X_suggestedOrgDetails is absent when automatic validation was not asked for', async (t) => {
  for (const suggestedOrgDetails of ['flat', 'nested'] as const) {
    const service = await runService(t, { settings: { suggestedOrgDetails } });
    assert.equal((await service.ask(QUESTION)).body, ORDER + CERTIFICATE);
  }
});

for (const status of ['NotFound', 'NotYetCompleted', 'NotApplicable'] as const) {
  test(`flat: X_suggestedOrgDetails=${status} stands alone`, async (t) => {
    const service = await runService(t, { orders: orders({ status }) });
    const answer = await service.ask(QUESTION);
    assert.equal(answer.body, `${ORDER}&1_suggestedOrgDetails=${status}${CERTIFICATE}`);
  });

  test(`nested: X_suggestedOrgDetails holds Status=${status}`, async (t) => {
    const service = await runService(t, {
      orders: orders({ status }),
      settings: { suggestedOrgDetails: 'nested' },
    });
    const answer = await service.ask(QUESTION);
    assert.equal(answer.body, `${ORDER}&1_suggestedOrgDetails=Status%3D${status}${CERTIFICATE}`);
  });
}

test('flat: X_suggestedOrgDetails=Found is followed by the details of the best match', async (t) => {
  const service = await runService(t, { orders: orders(MATCHES) });
  const answer = await service.ask(QUESTION);
  assert.equal(
    answer.body,
    `${ORDER}&1_suggestedOrgDetails=Found&1_organizationName=Acme+%26+S%C3%B6hne+Ltd` +
      '&1_streetAddress=1+High+St&1_localityName=Leeds&1_stateOrProvinceName=West+Yorkshire' +
      '&1_postalCode=LS1+1AA&1_countryName=GB&1_dunsNumber=217568534' +
      `&1_telephoneNumber=%2B44+113+496+0000${CERTIFICATE}`,
  );
});

test('flat: details that are not known are absent', async (t) => {
  const organizations = [{ localityName: 'Leeds', dunsNumber: '217568534' }];
  const service = await runService(t, { orders: orders({ status: 'Found', organizations }) });
  const answer = await service.ask(QUESTION);
  assert.equal(
    answer.body,
    `${ORDER}&1_suggestedOrgDetails=Found&1_localityName=Leeds&1_dunsNumber=217568534${CERTIFICATE}`,
  );
});

test('nested: X_suggestedOrgDetails is itself a form that carries every match', async (t) => {
  const service = await runService(t, {
    orders: orders(MATCHES),
    settings: { suggestedOrgDetails: 'nested' },
  });
  const answer = await service.ask(QUESTION);
  assert.equal(
    answer.body,
    `${ORDER}&1_suggestedOrgDetails=Status%3DFound%261_organizationName%3DAcme%2B%2526%2BS%25C3%25B6hne%2BLtd` +
      '%261_streetAddress%3D1%2BHigh%2BSt%261_localityName%3DLeeds%261_stateOrProvinceName%3DWest%2BYorkshire' +
      '%261_postalCode%3DLS1%2B1AA%261_countryName%3DGB%261_dunsNumber%3D217568534' +
      '%261_telephoneNumber%3D%252B44%2B113%2B496%2B0000' +
      `%262_organizationName%3DAcme%2BInc.%262_countryName%3DUS${CERTIFICATE}`,
  );
  const nested = new URLSearchParams(new URLSearchParams(answer.body).get('1_suggestedOrgDetails') ?? '');
  assert.equal(nested.get('1_organizationName'), 'Acme & Söhne Ltd');
  assert.equal(nested.get('1_telephoneNumber'), '+44 113 496 0000');
  assert.equal(nested.get('2_countryName'), 'US');
});

test('flat: the details of a replacement order carry its own X', async (t) => {
  const first = acmeOrder({ suggestedOrgDetails: { status: 'NotApplicable' } });
  const replacement = acmeOrder({
    orderNumber: '7250061',
    replacesOrderNumber: '7250060',
    suggestedOrgDetails: { status: 'Found', organizations: [{ organizationName: 'Acme Ltd' }] },
    certificates: [acmeCertificate({ certificateID: '5550002' })],
  });
  const service = await runService(t, { orders: [first, replacement] });
  const answer = await service.ask(QUESTION.replace('queryType=0', 'queryType=2'));
  assert.match(answer.body, /&1_orderStatus=Pending&1_suggestedOrgDetails=NotApplicable&1_1_objectType=/);
  assert.match(
    answer.body,
    /&2_orderStatus=Pending&2_suggestedOrgDetails=Found&2_organizationName=Acme\+Ltd&2_1_objectType=/,
  );
});
