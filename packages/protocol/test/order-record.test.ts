import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeProblems, readOrderRecord } from '../src/index.ts';
import { problemPaths, read } from './record-reading.ts';
import { certificateJson, orderJson, orderOfCertificate } from './sample-order.ts';

describe('One vocabulary: OrderRecord', () => {
  test('an order is kept as it is written, field by field', () => {
    assert.equal(
      JSON.stringify(read(orderJson())),
      '{"account":"acme-hosting","orderNumber":"7250060","orderDateTime":"2025-06-11T11:57:00Z",' +
        '"orderStatus":"Pending","certificates":[{"certificateID":"5550001","objectType":"SSL",' +
        '"FQDN":"www.example.com","certificateStatus":"Awaiting Validation","csrStatus":"completed",' +
        '"dcvStatus":"in-progress","ovCallBackStatus":"not-required",' +
        '"organizationValidationStatus":"not-required","freeDVUPStatus":"not-required",' +
        '"evClickThroughStatus":"not-required","caaStatus":"not-completed"}]}',
    );
  });

  test('the fields that apply to some orders only are kept too', () => {
    const order = orderJson({
      orderStatus: 'Rejected',
      orderStatusReason: 'No such company',
      replacesOrderNumber: '7250059',
      suggestedOrgDetails: {
        status: 'Found',
        organizations: [
          {
            organizationName: 'Acme Ltd',
            streetAddress: '1 High St',
            localityName: 'Leeds',
            stateOrProvinceName: 'West Yorkshire',
            postalCode: 'LS1 1AA',
            countryName: 'GB',
            dunsNumber: '217568534',
            telephoneNumber: '+44 113 496 0000',
          },
        ],
      },
      certificates: [
        certificateJson({
          certificateStatus: 'Revoked',
          certificateStatusReason: 'Lost',
          serialNumber: '00AB',
        }),
      ],
    });
    assert.deepEqual(read(order), order);
  });

  test('required: account, orderNumber, orderDateTime, orderStatus, certificates', () => {
    assert.deepEqual(problemPaths({}), [
      'account',
      'orderNumber',
      'orderDateTime',
      'orderStatus',
      'certificates',
    ]);
  });

  test('required of each certificate: objectType, certificateStatus', () => {
    assert.deepEqual(problemPaths(orderJson({ certificates: [{}] })), [
      'certificates[0].objectType',
      'certificates[0].certificateStatus',
    ]);
  });

  test('several certificates may have no certificateID', () => {
    const certificates = [1, 2].map(() => certificateJson({ certificateID: undefined }));
    assert.deepEqual(
      read(orderJson({ certificates })).certificates.map(({ certificateID }) => certificateID),
      [undefined, undefined],
    );
  });

  test('FQDN may be left out', () => {
    assert.equal('FQDN' in (read(orderOfCertificate({ FQDN: undefined })).certificates[0] ?? {}), false);
  });

  test('1–2,000 certificates, in the order in which they are given', () => {
    const certificates = (count: number) =>
      Array.from({ length: count }, (_, i) => certificateJson({ certificateID: String(count - i) }));
    const ids = read(orderJson({ certificates: certificates(2000) })).certificates.map(
      (one) => one.certificateID,
    );
    assert.deepEqual([ids.length, ids[0], ids[1999]], [2000, '2000', '1']);
    assert.deepEqual(problemPaths(orderJson({ certificates: certificates(2001) })), ['certificates']);
    assert.deepEqual(problemPaths(orderJson({ certificates: [] })), ['certificates']);
    assert.deepEqual(problemPaths(orderJson({ certificates: certificateJson() })), ['certificates']);
  });

  test('a certificateID is unique in its order', () => {
    const twice = [certificateJson({ certificateID: '8' }), certificateJson({ certificateID: 8 })];
    assert.deepEqual(problemPaths(orderJson({ certificates: twice })), ['certificates[1].certificateID']);
  });

  test('a repeated certificateID is found where it stands, beside other problems', () => {
    const certificates = [{}, certificateJson(), certificateJson({ objectType: undefined })];
    assert.deepEqual(problemPaths(orderJson({ certificates })).slice(2).toSorted(), [
      'certificates[2].certificateID',
      'certificates[2].objectType',
    ]);
  });

  test('a check left out is not-required', () => {
    const certificate = { certificateID: '5', objectType: 'SSL', certificateStatus: 'Awaiting Validation' };
    assert.deepEqual(read(orderJson({ certificates: [certificate] })).certificates, [
      {
        ...certificate,
        csrStatus: 'not-required',
        dcvStatus: 'not-required',
        ovCallBackStatus: 'not-required',
        organizationValidationStatus: 'not-required',
        freeDVUPStatus: 'not-required',
        evClickThroughStatus: 'not-required',
        caaStatus: 'not-required',
      },
    ]);
  });

  test('a check is one of four words, not the number on the wire', () => {
    for (const state of ['not-required', 'not-completed', 'completed', 'in-progress']) {
      assert.equal(read(orderOfCertificate({ caaStatus: state })).certificates[0]?.caaStatus, state);
    }
    for (const state of [1, '1', 'Completed', 'done', '', null]) {
      assert.deepEqual(problemPaths(orderOfCertificate({ caaStatus: state })), ['certificates[0].caaStatus']);
    }
  });

  test('replacesOrderNumber names an order, but not the order itself', () => {
    assert.equal(read(orderJson({ replacesOrderNumber: 7250059 })).replacesOrderNumber, '7250059');
    assert.deepEqual(problemPaths(orderJson({ replacesOrderNumber: '07250060' })), ['replacesOrderNumber']);
    assert.deepEqual(problemPaths(orderJson({ replacesOrderNumber: 'x' })), ['replacesOrderNumber']);
  });

  test('unknown fields are errors, at every level', () => {
    const order = orderJson({
      OrderNumber: '1',
      suggestedOrgDetails: { status: 'Found', organizations: [{ countryName: 'GB', vat: '1' }], score: 1 },
      certificates: [certificateJson({ keyType: 'EC' })],
    });
    assert.deepEqual(problemPaths(order).toSorted(), [
      'OrderNumber',
      'certificates[0].keyType',
      'suggestedOrgDetails.organizations[0].vat',
      'suggestedOrgDetails.score',
    ]);
    assert.deepEqual(problemPaths(JSON.parse('{"__proto__":{}}')).slice(5), ['__proto__']);
  });

  test('null is an error, in optional fields too', () => {
    const order = orderJson({
      account: null,
      orderNumber: null,
      orderStatus: null,
      replacesOrderNumber: null,
      suggestedOrgDetails: null,
      certificates: [certificateJson({ FQDN: null }), null],
    });
    assert.deepEqual(problemPaths(order).toSorted(), [
      'account',
      'certificates[0].FQDN',
      'certificates[1]',
      'orderNumber',
      'orderStatus',
      'replacesOrderNumber',
      'suggestedOrgDetails',
    ]);
  });

  test('what is not an object is no order', () => {
    for (const value of [null, true, 7250060, '7250060', [], [orderJson()]]) {
      assert.deepEqual(problemPaths(value), [''], JSON.stringify(value));
    }
  });
});

describe('The problems of a record', () => {
  test('in one line, every one of them', () => {
    const result = readOrderRecord(orderJson({ account: '', orderStatus: undefined }));
    const line = result.ok ? '' : describeProblems(result.problems);
    assert.equal(line, 'account: must not be empty; orderStatus: is missing');
  });

  test('null is told from a value of the wrong type', () => {
    const result = readOrderRecord(orderJson({ certificates: [certificateJson({ FQDN: null })] }));
    const line = result.ok ? '' : describeProblems(result.problems);
    assert.equal(line, 'certificates[0].FQDN: must not be null; leave it out instead');
  });

  test('never repeat a value', () => {
    const secret = 'hunter2\n';
    const order = orderJson({
      account: secret,
      orderNumber: secret,
      orderDateTime: secret,
      orderStatus: secret,
      certificates: [certificateJson({ FQDN: secret, csrStatus: secret, certificateStatus: secret })],
    });
    const result = readOrderRecord(order);
    assert.ok(!result.ok && result.problems.length === 7);
    assert.doesNotMatch(describeProblems(result.problems), /hunter2/);
  });

  test('stay on one line and short whatever an unknown field is called', () => {
    const result = readOrderRecord({ ...orderJson(), [`a\nb${'c'.repeat(1000)}`]: 1 });
    assert.ok(!result.ok);
    assert.match(describeProblems(result.problems), /^.{1,150}$/);
  });
});
