import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeResponse,
  encodeDetailedOrderStatus,
  type SuggestedOrganization,
  type SuggestedOrgDetails,
  type SuggestedOrgDetailsForm,
} from '../src/index.ts';

const ACME: SuggestedOrganization = {
  organizationName: 'Acme & Co',
  streetAddress: '1 High St',
  localityName: 'Leeds',
  stateOrProvinceName: 'West Yorkshire',
  postalCode: 'LS1 1AA',
  countryName: 'GB',
  dunsNumber: '217568534',
  telephoneNumber: '+44 113 496 0000',
};

function encode(suggestedOrgDetails: SuggestedOrgDetails, form: SuggestedOrgDetailsForm): string {
  return encodeDetailedOrderStatus({ orders: [{ suggestedOrgDetails, certificates: [] }] }, form);
}

/** The first order of a successful answer. */
function orderOf(body: string) {
  const answer = decodeResponse(new TextEncoder().encode(body));
  assert.ok(answer.kind === 'status', JSON.stringify(answer));
  return answer.status.orders[0];
}

const WORDS = ['Found', 'NotFound', 'NotYetCompleted', 'NotApplicable'];
const DETAILS: [keyof SuggestedOrganization, string][] = [
  ['organizationName', 'Company Name'],
  ['streetAddress', 'Street'],
  ['localityName', 'City'],
  ['stateOrProvinceName', 'State or Province'],
  ['postalCode', 'Postal/ZIP code'],
  ['countryName', 'Country 2-char code'],
  ['dunsNumber', 'Duns number'],
  ['telephoneNumber', 'Phone number'],
];

describe('The spec, section 2.2: X_suggestedOrgDetails', () => {
  for (const status of WORDS) {
    test(`Status ${status}, flat: the word alone`, () => {
      const body = `errorCode=0&1_suggestedOrgDetails=${status}`;
      assert.equal(encode({ status }, 'flat'), body);
      assert.deepEqual(orderOf(body), { suggestedOrgDetails: { status }, certificates: [] });
    });

    test(`Status ${status}, nested: a form that holds Status`, () => {
      const body = `errorCode=0&1_suggestedOrgDetails=Status%3D${status}`;
      assert.equal(encode({ status }, 'nested'), body);
      assert.deepEqual(orderOf(body), { suggestedOrgDetails: { status }, certificates: [] });
    });
  }

  for (const [detail, meaning] of DETAILS) {
    const found = { status: 'Found', organizations: [{ [detail]: 'x' }] };

    test(`X_${detail} – ${meaning}, flat: X is the order`, () => {
      const body = `errorCode=0&1_suggestedOrgDetails=Found&1_${detail}=x`;
      assert.equal(encode(found, 'flat'), body);
      assert.deepEqual(orderOf(body), { suggestedOrgDetails: found, certificates: [] });
    });

    test(`X_${detail} – ${meaning}, nested: X is the match`, () => {
      const body = `errorCode=0&1_suggestedOrgDetails=Status%3DFound%261_${detail}%3Dx`;
      assert.equal(encode(found, 'nested'), body);
      assert.deepEqual(orderOf(body), { suggestedOrgDetails: found, certificates: [] });
    });
  }
});

describe('The answer: suggested organisations', () => {
  test('flat carries the best (first) match, by those of its details that are known', () => {
    const body = encode({ status: 'Found', organizations: [ACME, { organizationName: 'Acme Inc' }] }, 'flat');
    assert.equal(
      body,
      'errorCode=0&1_suggestedOrgDetails=Found&1_organizationName=Acme+%26+Co&1_streetAddress=1+High+St' +
        '&1_localityName=Leeds&1_stateOrProvinceName=West+Yorkshire&1_postalCode=LS1+1AA&1_countryName=GB' +
        '&1_dunsNumber=217568534&1_telephoneNumber=%2B44+113+496+0000',
    );
  });

  test('nested carries every match in a value that is itself form-encoded', () => {
    const organizations = [
      { organizationName: 'Acme & Co', countryName: 'GB' },
      { organizationName: 'Acme Inc' },
    ];
    assert.equal(
      encode({ status: 'Found', organizations }, 'nested'),
      'errorCode=0&1_suggestedOrgDetails=Status%3DFound%261_organizationName%3DAcme%2B%2526%2BCo' +
        '%261_countryName%3DGB%262_organizationName%3DAcme%2BInc',
    );
  });

  test('X is the order: a second order has a second answer', () => {
    const orders = ['NotFound', 'NotApplicable'].map((status) => ({
      suggestedOrgDetails: { status },
      certificates: [],
    }));
    assert.equal(
      encodeDetailedOrderStatus({ orders }, 'flat'),
      'errorCode=0&1_suggestedOrgDetails=NotFound&2_suggestedOrgDetails=NotApplicable',
    );
  });

  test('an empty status, or a match without any detail, has no place on the wire', () => {
    assert.throws(() => encode({ status: '' }, 'flat'), TypeError);
    assert.throws(() => encode({ status: '' }, 'nested'), TypeError);
    assert.throws(() => encode({ status: 'Found', organizations: [{}] }, 'nested'), TypeError);
    assert.throws(() => encode({ status: 'Found', organizations: [{ countryName: '' }] }, 'flat'), TypeError);
    assert.throws(
      () => encode({ status: 'Found', organizations: [{ countryName: '' }] }, 'nested'),
      TypeError,
    );
  });
});

describe('Reading an answer: suggested organisations', () => {
  const detailsOf = (value: string) =>
    orderOf(`errorCode=0&1_suggestedOrgDetails=${encodeURIComponent(value)}`)?.suggestedOrgDetails;

  test('every detail, flat', () => {
    const body =
      'errorCode=0&1_telephoneNumber=%2B44+113+496+0000&1_dunsNumber=217568534&1_countryName=GB' +
      '&1_postalCode=LS1+1AA&1_stateOrProvinceName=West+Yorkshire&1_localityName=Leeds&1_streetAddress=1+High+St' +
      '&1_organizationName=Acme+%26+Co&1_suggestedOrgDetails=Found';
    assert.deepEqual(orderOf(body), {
      suggestedOrgDetails: { status: 'Found', organizations: [ACME] },
      certificates: [],
    });
  });

  test('nested when the value holds =, every match in the order of the numbers', () => {
    assert.deepEqual(
      detailsOf('10_organizationName=c&2_organizationName=b&Status=Found&1_organizationName=a+%26+a'),
      {
        status: 'Found',
        organizations: [{ organizationName: 'a & a' }, { organizationName: 'b' }, { organizationName: 'c' }],
      },
    );
  });

  test('a value that holds = but no Status is a word of its own', () => {
    assert.deepEqual(detailsOf('Found=1'), { status: 'Found=1' });
  });

  test('state words are compared ignoring ASCII case', () => {
    assert.deepEqual(detailsOf('found'), { status: 'Found' });
    assert.deepEqual(detailsOf('NOTYETCOMPLETED'), { status: 'NotYetCompleted' });
    assert.deepEqual(detailsOf('Status=notFOUND'), { status: 'NotFound' });
  });

  test('the name Status is compared ignoring ASCII case', () => {
    assert.deepEqual(detailsOf('STATUS=Found'), { status: 'Found' });
    assert.deepEqual(detailsOf('status=NotApplicable'), { status: 'NotApplicable' });
  });

  test('a word of another service is kept as it is', () => {
    assert.deepEqual(detailsOf('Not found'), { status: 'Not found' });
    assert.deepEqual(detailsOf('Status=Manual+Review'), { status: 'Manual Review' });
  });

  test('Found without an organisation is accepted', () => {
    assert.deepEqual(detailsOf('Found'), { status: 'Found' });
    assert.deepEqual(detailsOf('Status=Found'), { status: 'Found' });
  });

  test('empty equals absent in the nested form too', () => {
    assert.deepEqual(detailsOf('Status=&Status=Found&1_countryName=&2_countryName=GB'), {
      status: 'Found',
      organizations: [{ countryName: 'GB' }],
    });
  });

  test('what the nested form holds beyond that is kept under extra, by its full name', () => {
    assert.deepEqual(detailsOf('Status=Found&1_countryName=GB&1_leiCode=L&score=9'), {
      status: 'Found',
      organizations: [{ countryName: 'GB' }],
      extra: { '1_leiCode': 'L', score: '9' },
    });
  });

  test('details beside the nested form, or without X_suggestedOrgDetails, are kept under extra', () => {
    assert.deepEqual(orderOf('errorCode=0&1_suggestedOrgDetails=Status%3DFound&1_countryName=GB'), {
      suggestedOrgDetails: { status: 'Found' },
      certificates: [],
      extra: { countryName: 'GB' },
    });
    assert.deepEqual(orderOf('errorCode=0&1_countryName=GB'), {
      certificates: [],
      extra: { countryName: 'GB' },
    });
  });
});
