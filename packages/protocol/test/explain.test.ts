import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type CertificateExplanation,
  type CertificateMeaning,
  type CertificateStatus,
  CHECKS,
  type CheckName,
  type CheckStatus,
  explain,
  type OrderMeaning,
  type OrderStatus,
} from '../src/index.ts';
import { detailedOrderStatus } from './arbitraries.ts';

type Checks = Partial<Record<CheckName, CheckStatus>>;

const ALL_DONE = Object.fromEntries(CHECKS.map((check) => [check, 'completed'])) as Checks;

function explainOne(
  certificate: CertificateStatus,
  order: Partial<OrderStatus> = {},
): CertificateExplanation {
  const explained = explain({ orders: [{ orderStatus: 'Pending', ...order, certificates: [certificate] }] });
  const [only] = explained.orders[0]?.certificates ?? [];
  assert.ok(only);
  return only;
}

/** What an awaiting certificate waits for when its checks are these and the others done. */
function waits(checks: Checks, certificateStatus = 'Awaiting Validation') {
  return explainOne({ certificateStatus, ...ALL_DONE, ...checks }).waitsFor.map((wait) => [
    wait.for,
    wait.who,
  ]);
}

describe('Each check that is not done is waited for, by who has to act', () => {
  const ROWS: readonly (readonly [CheckName, CheckStatus, 'applicant' | 'CA', RegExp])[] = [
    ['csrStatus', 'not-completed', 'applicant', /CSR\) has to be sent/],
    ['csrStatus', 'in-progress', 'CA', /checking the certificate signing request/],
    ['dcvStatus', 'not-completed', 'applicant', /Control of the domain has to be shown/],
    ['dcvStatus', 'in-progress', 'applicant', /answer the e-mail, or leave the DNS record or file/],
    ['ovCallBackStatus', 'not-completed', 'CA', /yet to call the organisation back/],
    ['ovCallBackStatus', 'in-progress', 'applicant', /take the call/],
    ['organizationValidationStatus', 'not-completed', 'CA', /yet to validate the organisation/],
    ['organizationValidationStatus', 'in-progress', 'CA', /is validating the organisation/],
    ['evClickThroughStatus', 'not-completed', 'applicant', /agreement has to be accepted/],
    ['evClickThroughStatus', 'in-progress', 'applicant', /has been sent out, and has to be accepted/],
    ['caaStatus', 'not-completed', 'CA', /yet to check the domain's CAA records/],
    ['caaStatus', 'in-progress', 'CA', /is checking the domain's CAA records/],
  ];
  for (const [check, state, who, text] of ROWS) {
    test(`${check} ${state}: ${who}`, () => {
      const explained = explainOne({ certificateStatus: 'Awaiting Validation', ...ALL_DONE, [check]: state });
      assert.equal(explained.who, who);
      assert.deepEqual(
        explained.waitsFor.map((wait) => [wait.for, wait.who]),
        [[check, who]],
      );
      assert.match(explained.waitsFor[0]?.text ?? '', text);
    });
  }

  for (const state of ['completed', 'not-required'] as const) {
    test(`nothing is waited for in a check that is ${state}`, () => {
      const checks = Object.fromEntries(CHECKS.map((check) => [check, state])) as Checks;
      assert.deepEqual(waits(checks), [['issue', 'CA']]);
    });
  }

  test('freeDVUPStatus holds nothing up: it comes last', () => {
    for (const state of ['not-completed', 'in-progress'] as const) {
      assert.deepEqual(waits({ freeDVUPStatus: state }), [
        ['issue', 'CA'],
        ['freeDVUPStatus', 'CA'],
      ]);
    }
  });

  test('in the order in which things happen', () => {
    const nothingDone = Object.fromEntries(CHECKS.map((check) => [check, 'not-completed'])) as Checks;
    assert.deepEqual(
      waits(nothingDone).map(([check]) => check),
      [
        'csrStatus',
        'dcvStatus',
        'caaStatus',
        'organizationValidationStatus',
        'ovCallBackStatus',
        'evClickThroughStatus',
        'freeDVUPStatus',
      ],
    );
  });
});

describe('Each state of a certificate', () => {
  test('Awaiting Brand Validation: the brand first, then what else is open', () => {
    assert.deepEqual(waits({}, 'Awaiting Brand Validation'), [['brandValidation', 'CA']]);
    assert.deepEqual(waits({ dcvStatus: 'not-completed' }, 'Awaiting Brand Validation'), [
      ['brandValidation', 'CA'],
      ['dcvStatus', 'applicant'],
    ]);
  });

  test('Awaiting Validation without checks, as queryType 0 answers: how to learn more', () => {
    const { waitsFor, who } = explainOne({ certificateStatus: 'Awaiting Validation' });
    assert.equal(who, 'CA');
    assert.match(waitsFor[0]?.text ?? '', /queryType 1/);
  });

  test('Issued: nobody, unless the EV agreement or the free upgrade is open', () => {
    assert.deepEqual(explainOne({ certificateStatus: 'Issued', ...ALL_DONE }), {
      meaning: 'issued',
      summary: 'It is issued',
      waitsFor: [],
      who: 'nobody',
    });
    assert.deepEqual(
      waits({ evClickThroughStatus: 'in-progress', freeDVUPStatus: 'in-progress' }, 'Issued'),
      [
        ['evClickThroughStatus', 'applicant'],
        ['freeDVUPStatus', 'CA'],
      ],
    );
    assert.deepEqual(waits({ dcvStatus: 'in-progress' }, 'Issued'), []);
  });

  const ENDED: readonly (readonly [CertificateStatus, string, CertificateMeaning])[] = [
    [{ certificateStatus: 'Expired' }, 'It was issued and has expired', 'expired'],
    [{ certificateStatus: 'Replaced' }, 'It was issued and then replaced by another', 'replaced'],
    [
      { certificateStatus: 'Revoked', certificateStatusReason: 'Key compromise' },
      'It was issued and then revoked: Key compromise',
      'revoked',
    ],
    [
      { certificateStatus: 'REVOKED: Key compromise' },
      'It was issued and then revoked: Key compromise',
      'revoked',
    ],
    [
      { certificateStatus: 'Rejected', certificateStatusReason: 'Weak key' },
      'It was rejected: Weak key',
      'rejected',
    ],
    [{ certificateStatus: 'Rejected' }, 'It was rejected', 'rejected'],
  ];
  for (const [certificate, summary, meaning] of ENDED) {
    test(`${certificate.certificateStatus}: nobody (${summary})`, () => {
      const explained = explainOne({ ...ALL_DONE, dcvStatus: 'not-completed', ...certificate });
      assert.deepEqual(explained, { meaning, summary, waitsFor: [], who: 'nobody' });
    });
  }

  test("another server's word is said to be one", () => {
    const explained = explainOne({ certificateStatus: 'On Hold', dcvStatus: 'not-completed' });
    assert.equal(
      explained.summary,
      "The certificate is, in the server's word, 'On Hold', whose meaning is not known",
    );
    assert.deepEqual(
      explained.waitsFor.map((wait) => wait.for),
      ['dcvStatus', 'unknownStatus'],
    );
  });

  test('so is a status that is not there', () => {
    const explained = explainOne({});
    assert.equal(explained.summary, 'The server does not say how the certificate stands');
    assert.deepEqual(
      explained.waitsFor.map((wait) => wait.for),
      ['unknownStatus'],
    );
  });
});

describe('States that other servers word for themselves', () => {
  for (const [certificateStatus, meaning, wait] of [
    ['Awaiting Validation (Brand)', 'awaiting-brand-validation', 'brandValidation'],
    ['PRE-SIGN FAILED: CAA', 'awaiting-caa', 'caaStatus'],
    ['POST-SIGN FAILED', 'failed-after-signing', 'issue'],
    ['awaiting validation', 'awaiting', 'issue'],
  ] as const) {
    test(`${certificateStatus} waits for ${wait}`, () => {
      const explained = explainOne({ ...ALL_DONE, certificateStatus });
      assert.equal(explained.meaning, meaning);
      assert.deepEqual(
        explained.waitsFor.map((each) => each.for),
        [wait],
      );
    });
  }
});

describe('Each state of an order', () => {
  const ROWS: readonly (readonly [Partial<OrderStatus>, OrderMeaning, string, waits?: string[]])[] = [
    [{ orderStatus: 'Pending' }, 'pending', 'The order is not done yet', ['validation']],
    [{ orderStatus: 'Completed' }, 'completed', 'The order is done'],
    [{ orderStatus: 'Cancelled' }, 'cancelled', 'The order was cancelled'],
    [{ orderStatus: 'Canceled: by the customer' }, 'cancelled', 'The order was cancelled: by the customer'],
    [{ orderStatus: 'Rejected', orderStatusReason: 'Fraud' }, 'rejected', 'The order was rejected: Fraud'],
    [
      { orderStatus: 'Paused' },
      'unknown',
      "The order is, in the server's word, 'Paused', whose meaning is not known",
      ['unknownStatus'],
    ],
    [{}, 'unknown', 'The server does not say how the order stands', ['unknownStatus']],
  ];
  for (const [order, meaning, summary, waits = []] of ROWS) {
    test(`${order.orderStatus}: ${summary}`, () => {
      const [explained, ...others] = explain({ orders: [{ ...order, certificates: [] }] }).orders;
      assert.deepEqual(others, []);
      assert.deepEqual(
        { ...explained, waitsFor: explained?.waitsFor.map((wait) => wait.for) },
        { meaning, summary, waitsFor: waits, certificates: [] },
      );
    });
  }

  for (const orderStatus of ['Rejected', 'Cancelled']) {
    test(`nothing is waited for in an order that is ${orderStatus}`, () => {
      const certificate = { certificateStatus: 'Awaiting Validation', dcvStatus: 'in-progress' } as const;
      assert.deepEqual(explainOne(certificate, { orderStatus }), {
        meaning: 'awaiting',
        summary: 'It will not be issued',
        waitsFor: [],
        who: 'nobody',
      });
    });
  }
});

test('every answer there can be is explained, order by order and certificate by certificate', () => {
  fc.assert(
    fc.property(detailedOrderStatus, (status) => {
      const explained = explain(status);
      assert.deepEqual(
        explained.orders.map((order) => order.certificates.length),
        status.orders.map((order) => order.certificates.length),
      );
      for (const certificate of explained.orders.flatMap((order) => order.certificates)) {
        assert.equal(certificate.who, certificate.waitsFor[0]?.who ?? 'nobody');
        assert.ok(certificate.summary.length > 0);
      }
    }),
  );
});
