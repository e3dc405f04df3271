import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { problemPaths } from './record-reading.ts';
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

  test('no other word, and no other spelling', () => {
    for (const orderStatus of ['pending', 'On Hold', 'Issued', '', 1]) {
      assert.deepEqual(problemPaths(orderJson({ orderStatus })), ['orderStatus'], String(orderStatus));
    }
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

  test('no other word, and no other spelling', () => {
    for (const certificateStatus of ['issued', 'Pending', 'AwaitingValidation', '', 1]) {
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
