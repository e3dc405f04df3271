import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readOrderRecord } from '../src/index.ts';
import { problemPaths, problemsOf } from './record-reading.ts';
import { orderJson, orderOfCertificate } from './sample-order.ts';

const serialNumber = '00E1B2';
const certificateStatusReason = 'Key compromise';

describe('Words for states: order', () => {
  for (const orderStatus of ['Pending', 'Completed', 'Cancelled']) {
    test(`${orderStatus}: orderStatusReason is not allowed`, () => {
      assert.deepEqual(problemPaths(orderJson({ orderStatus })), []);
      assert.deepEqual(problemPaths(orderJson({ orderStatus, orderStatusReason: 'x' })), [
        'orderStatusReason',
      ]);
    });
  }

  test('Rejected: orderStatusReason is required', () => {
    const orderStatus = 'Rejected';
    assert.deepEqual(problemPaths(orderJson({ orderStatus, orderStatusReason: 'x' })), []);
    assert.deepEqual(problemPaths(orderJson({ orderStatus })), ['orderStatusReason']);
  });

  test('a synonym, in any letter case, is kept as it is given', () => {
    for (const orderStatus of [
      'pending',
      'PROCESSED',
      'Canceled',
      'Awaiting payment',
      'Cancelled: not paid',
    ]) {
      const read = readOrderRecord(orderJson({ orderStatus }));
      assert.ok(read.ok, orderStatus);
      assert.equal(read.record.orderStatus, orderStatus);
    }
  });

  test('no word of no known meaning', () => {
    for (const orderStatus of ['On Hold', 'Issued', 'Pending: soon', '', 1]) {
      assert.deepEqual(problemPaths(orderJson({ orderStatus })), ['orderStatus'], String(orderStatus));
    }
  });

  test('what is taken as it is may have any word of at most 64 code points, and any reason', () => {
    const orderStatus = '😀'.repeat(64);
    assert.deepEqual(problemPaths(orderJson({ orderStatus }), 'as-is'), []);
    assert.deepEqual(problemPaths(orderJson({ orderStatus, orderStatusReason: 'x' }), 'as-is'), []);
    assert.deepEqual(problemPaths(orderJson({ orderStatus: `${orderStatus}x` }), 'as-is'), ['orderStatus']);
    assert.deepEqual(problemPaths(orderJson({ orderStatus: 'Rejected' }), 'as-is'), ['orderStatusReason']);
  });

  test('a reason in the word itself stands for the reason', () => {
    assert.deepEqual(problemPaths(orderJson({ orderStatus: 'Rejected: not theirs' })), []);
    const both = { orderStatus: 'REJECTED: not theirs', orderStatusReason: 'x' };
    assert.deepEqual(problemPaths(orderJson(both)), []);
  });
});

describe('Words for states: certificate', () => {
  for (const certificateStatus of ['Awaiting Validation', 'Awaiting Brand Validation']) {
    test(`${certificateStatus}: neither serialNumber nor certificateStatusReason`, () => {
      assert.deepEqual(problemPaths(orderOfCertificate({ certificateStatus })), []);
      assert.deepEqual(
        problemPaths(
          orderOfCertificate({ certificateStatus, serialNumber, certificateStatusReason }),
        ).toSorted(),
        ['certificates[0].certificateStatusReason', 'certificates[0].serialNumber'],
      );
    });
  }

  for (const certificateStatus of ['Issued', 'Expired', 'Replaced']) {
    test(`${certificateStatus}: serialNumber is required, certificateStatusReason not allowed`, () => {
      assert.deepEqual(problemPaths(orderOfCertificate({ certificateStatus, serialNumber })), []);
      assert.deepEqual(
        problemPaths(orderOfCertificate({ certificateStatus, certificateStatusReason })).toSorted(),
        ['certificates[0].certificateStatusReason', 'certificates[0].serialNumber'],
      );
    });
  }

  test('Revoked: serialNumber and certificateStatusReason are required', () => {
    const certificateStatus = 'Revoked';
    assert.deepEqual(
      problemPaths(orderOfCertificate({ certificateStatus, serialNumber, certificateStatusReason })),
      [],
    );
    assert.deepEqual(problemPaths(orderOfCertificate({ certificateStatus })).toSorted(), [
      'certificates[0].certificateStatusReason',
      'certificates[0].serialNumber',
    ]);
  });

  test('Rejected: certificateStatusReason is required, serialNumber not allowed', () => {
    const certificateStatus = 'Rejected';
    assert.deepEqual(problemPaths(orderOfCertificate({ certificateStatus, certificateStatusReason })), []);
    assert.deepEqual(problemPaths(orderOfCertificate({ certificateStatus, serialNumber })).toSorted(), [
      'certificates[0].certificateStatusReason',
      'certificates[0].serialNumber',
    ]);
  });

  test('a synonym, in any letter case, asks for what its meaning asks for', () => {
    for (const certificateStatus of ['issued', 'Valid', 'CURRENT', 'Issued but not yet collected']) {
      assert.deepEqual(problemPaths(orderOfCertificate({ certificateStatus, serialNumber })), []);
      const [problem] = problemsOf(orderOfCertificate({ certificateStatus }));
      assert.equal(problem?.message, 'is missing; it is required when certificateStatus is Issued');
    }
    for (const certificateStatus of [
      'PRE-SIGN FAILED',
      'pre-sign failed: CAA',
      'Awaiting Validation (Brand)',
    ]) {
      assert.deepEqual(problemPaths(orderOfCertificate({ certificateStatus })), []);
      const [problem] = problemsOf(orderOfCertificate({ certificateStatus, serialNumber }));
      const message = 'is only allowed when certificateStatus is Issued or Expired or Revoked or Replaced';
      assert.equal(problem?.message, message);
    }
    assert.deepEqual(
      problemPaths(orderOfCertificate({ certificateStatus: 'Revoked: lost', serialNumber })),
      [],
    );
    assert.deepEqual(problemPaths(orderOfCertificate({ certificateStatus: 'Revoked: lost' })), [
      'certificates[0].serialNumber',
    ]);
  });

  test('what was observed elsewhere may lack nearly everything, and a check that is left out stays so', () => {
    const observed = {
      orderNumber: '1',
      account: 'acme',
      orderStatus: 'Odd',
      certificates: [{ FQDN: 'a.example' }],
    };
    const read = readOrderRecord(observed, 'observed');
    assert.deepEqual(read, {
      ok: true,
      record: {
        account: 'acme',
        orderNumber: '1',
        orderStatus: 'Odd',
        certificates: [{ FQDN: 'a.example' }],
      },
    });
    assert.deepEqual(problemPaths({ ...observed, certificates: [] }, 'observed'), ['certificates']);
    assert.deepEqual(problemPaths(observed), [
      'orderDateTime',
      'orderStatus',
      'certificates[0].objectType',
      'certificates[0].certificateStatus',
    ]);
  });

  test('no word of no known meaning', () => {
    for (const certificateStatus of ['Pending', 'AwaitingValidation', '', 1]) {
      const paths = problemPaths(orderOfCertificate({ certificateStatus }));
      assert.deepEqual(paths, ['certificates[0].certificateStatus'], String(certificateStatus));
    }
  });
});

describe('Words for states: suggested organisations', () => {
  const organizations = [{ organizationName: 'Acme Ltd' }];

  test('Found: at least one organisation is required', () => {
    const paths = (details: object) => problemPaths(orderJson({ suggestedOrgDetails: details }));
    assert.deepEqual(paths({ status: 'Found', organizations }), []);
    assert.deepEqual(paths({ status: 'Found' }), ['suggestedOrgDetails.organizations']);
    assert.deepEqual(paths({ status: 'Found', organizations: [] }), ['suggestedOrgDetails.organizations']);
  });

  test('Found: at most 100 organisations, a bound of this project', () => {
    const found = (count: number) => ({
      status: 'Found',
      organizations: Array(count).fill(organizations[0]),
    });
    assert.deepEqual(problemPaths(orderJson({ suggestedOrgDetails: found(100) })), []);
    assert.deepEqual(problemPaths(orderJson({ suggestedOrgDetails: found(101) })), [
      'suggestedOrgDetails.organizations',
    ]);
  });

  for (const status of ['NotFound', 'NotYetCompleted', 'NotApplicable']) {
    test(`${status}: organizations are not allowed`, () => {
      assert.deepEqual(problemPaths(orderJson({ suggestedOrgDetails: { status } })), []);
      assert.deepEqual(problemPaths(orderJson({ suggestedOrgDetails: { status, organizations } })), [
        'suggestedOrgDetails.organizations',
      ]);
    });
  }

  test('status is required, and one of the four words of the spec, section 2.2', () => {
    for (const details of [{}, { status: 'found' }, { status: 'Pending' }]) {
      const paths = problemPaths(orderJson({ suggestedOrgDetails: details }));
      assert.deepEqual(paths, ['suggestedOrgDetails.status'], JSON.stringify(details));
    }
  });

  test('an organisation holds at least one detail', () => {
    const suggestedOrgDetails = { status: 'Found', organizations: [{ countryName: 'GB' }, {}] };
    assert.deepEqual(problemPaths(orderJson({ suggestedOrgDetails })), [
      'suggestedOrgDetails.organizations[1]',
    ]);
  });
});
