import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateRecord } from '@cert-order-status/protocol';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { LOGIN, QUESTION } from '../wire-texts.ts';

const ORDER = 'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending';

/** A certificate, and its parameters in an answer to queryType 0. */
const ROWS: Record<string, { certificate: Partial<CertificateRecord>; parameters: string }> = {
  'X_Y_serialNumber: once there is one': {
    certificate: { certificateStatus: 'Issued', serialNumber: '00A1B2C3D4E5F60718293A4B5C6D7E8F' },
    parameters:
      '&1_1_serialNumber=00A1B2C3D4E5F60718293A4B5C6D7E8F&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Issued',
  },
  X_Y_objectType: {
    certificate: { objectType: 'EV Multi-Domain SSL' },
    parameters:
      '&1_1_objectType=EV+Multi-Domain+SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Validation',
  },
  X_Y_FQDN: {
    certificate: { FQDN: '*.example.org' },
    parameters: '&1_1_objectType=SSL&1_1_FQDN=*.example.org&1_1_certificateStatus=Awaiting+Validation',
  },
  'X_Y_certificateStatus: Awaiting Brand Validation': {
    certificate: { certificateStatus: 'Awaiting Brand Validation' },
    parameters:
      '&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Brand+Validation',
  },
  'X_Y_certificateStatus: Expired': {
    certificate: { certificateStatus: 'Expired', serialNumber: '0A' },
    parameters:
      '&1_1_serialNumber=0A&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Expired',
  },
  'X_Y_certificateStatus: Replaced': {
    certificate: { certificateStatus: 'Replaced', serialNumber: '0B' },
    parameters:
      '&1_1_serialNumber=0B&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Replaced',
  },
  'X_Y_certificateStatusReason: for rejected certificates': {
    certificate: { certificateStatus: 'Rejected', certificateStatusReason: 'No CAA consent' },
    parameters:
      '&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Rejected&1_1_certificateStatusReason=No+CAA+consent',
  },
  'X_Y_certificateStatusReason: for revoked certificates': {
    certificate: {
      certificateStatus: 'Revoked',
      certificateStatusReason: 'Key compromise',
      serialNumber: 'FF',
    },
    parameters:
      '&1_1_serialNumber=FF&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Revoked&1_1_certificateStatusReason=Key+compromise',
  },
};

for (const [row, { certificate, parameters }] of Object.entries(ROWS)) {
  test(row, async (t) => {
    const orders = [acmeOrder({ certificates: [acmeCertificate(certificate)] })];
    const service = await runService(t, { orders });
    assert.equal((await service.ask(QUESTION)).body, ORDER + parameters);
  });
}

test('X_Y_FQDN is absent for certificates that have none', async (t) => {
  const { FQDN: _none, ...certificate } = acmeCertificate({ objectType: 'Code Signing' });
  const service = await runService(t, { orders: [acmeOrder({ certificates: [certificate] })] });
  assert.equal(
    (await service.ask(QUESTION)).body,
    `${ORDER}&1_1_objectType=Code+Signing&1_1_certificateStatus=Awaiting+Validation`,
  );
});

/** Added in this order, which is neither that of their numbers nor that of their names. */
const THREE = [
  acmeCertificate({ certificateID: '30', FQDN: 'b.example' }),
  acmeCertificate({ certificateID: '10', FQDN: 'c.example' }),
  acmeCertificate({ certificateID: '20', FQDN: 'a.example' }),
];

test('by order number: all its certificates, in the order they were added', async (t) => {
  const service = await runService(t, { orders: [acmeOrder({ certificates: THREE })] });
  assert.equal(
    (await service.ask(QUESTION)).body,
    `${ORDER}&1_1_objectType=SSL&1_1_FQDN=b.example&1_1_certificateStatus=Awaiting+Validation` +
      '&1_2_objectType=SSL&1_2_FQDN=c.example&1_2_certificateStatus=Awaiting+Validation' +
      '&1_3_objectType=SSL&1_3_FQDN=a.example&1_3_certificateStatus=Awaiting+Validation',
  );
});

test('by certificate ID, or by both numbers: the order that holds it, with that one certificate as Y = 1', async (t) => {
  const service = await runService(t, { orders: [acmeOrder({ certificates: THREE })] });
  for (const numbers of ['certificateID=20', 'orderNumber=7250060&certificateID=20']) {
    assert.equal(
      (await service.ask(`${LOGIN}&${numbers}&queryType=0`)).body,
      `${ORDER}&1_1_objectType=SSL&1_1_FQDN=a.example&1_1_certificateStatus=Awaiting+Validation`,
      numbers,
    );
  }
});

test('an order with 2,000 certificates is answered whole', async (t) => {
  const certificates = Array.from({ length: 2000 }, (_, place) =>
    acmeCertificate({ certificateID: `${10_000 - place}`, FQDN: `host${place + 1}.example` }),
  );
  const service = await runService(t, { orders: [acmeOrder({ certificates })] });
  const answer = new URLSearchParams((await service.ask(QUESTION)).body);
  assert.equal([...answer].length, 4 + 3 * 2000);
  assert.equal(answer.get('1_2000_FQDN'), 'host2000.example');
});
