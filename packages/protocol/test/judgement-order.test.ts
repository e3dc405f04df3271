import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accepted, refusal, refusalBody } from './judge.ts';

const GOOD = 'loginName=acme-hosting&loginPassword=s3cret&orderNumber=7250060&queryType=1';
const invalid = (name: string) => `-4 The value of the '${name}' argument is invalid!`;
const missing = (name: string) => `-3 The '${name}' argument is missing`;

describe('The order in which a request is judged: -2, unrecognised', () => {
  test('the name is given back as the client sent it, decoded', () => {
    assert.equal(refusal(`${GOOD}&Show%20Me+%C3%89=1`), "-2 'Show Me É' is an unrecognised argument!");
    assert.equal(
      refusalBody(`${GOOD}&Show%20Me=1`),
      'errorCode=-2&errorMessage=%27Show+Me%27+is+an+unrecognised+argument%21',
    );
  });

  test('the first such in the body', () => {
    assert.equal(refusal(`second=2&${GOOD}&first=1`), "-2 'second' is an unrecognised argument!");
  });

  test('the name is cut to 64 code points', () => {
    const a64 = 'a'.repeat(64);
    assert.equal(refusal(`${a64}=1`), `-2 '${a64}' is an unrecognised argument!`);
    assert.equal(refusal(`${a64}b=1`), `-2 '${a64}' is an unrecognised argument!`);
    const smileys = '😀'.repeat(64);
    assert.equal(refusal(`${smileys}😀=1`), `-2 '${smileys}' is an unrecognised argument!`);
    assert.equal(refusal(`x${smileys}=1`), `-2 'x${'😀'.repeat(63)}' is an unrecognised argument!`);
  });

  test('names are compared ignoring ASCII case, not the case of other letters', () => {
    // The long s is an s to Unicode's case folding, the dotless and dotted i are an i to some languages.
    assert.equal(
      refusal(GOOD.replace('loginPassword', 'loginPaſſword')),
      "-2 'loginPaſſword' is an unrecognised argument!",
    );
    assert.equal(
      refusal(GOOD.replace('loginName', 'logİnName')),
      "-2 'logİnName' is an unrecognised argument!",
    );
  });

  test('a name with white space around it is unrecognised', () => {
    assert.equal(refusal(`${GOOD}&+queryType=1`), "-2 ' queryType' is an unrecognised argument!");
  });

  test('an empty name is unrecognised', () => {
    assert.equal(refusal(`${GOOD}&=1`), "-2 '' is an unrecognised argument!");
  });

  test('in names invalid UTF-8 becomes U+FFFD', () => {
    assert.equal(refusal(`${GOOD}&a%FF=1`), "-2 'a\uFFFD' is an unrecognised argument!");
  });

  test('an argument without a value is unrecognised all the same', () => {
    assert.equal(refusal(`${GOOD}&verbose`), "-2 'verbose' is an unrecognised argument!");
  });

  test('comes before -3 and -4', () => {
    assert.equal(refusal('queryType=9&verbose=1'), "-2 'verbose' is an unrecognised argument!");
  });
});

describe('The order in which a request is judged: -3, missing', () => {
  test('judged in the order loginName, loginPassword, orderNumber, queryType', () => {
    assert.equal(refusal(''), missing('loginName'));
    assert.equal(refusal('queryType=1&orderNumber=7&loginPassword=x'), missing('loginName'));
    assert.equal(refusal('loginName=a'), missing('loginPassword'));
    assert.equal(refusal('loginName=a&loginPassword=b'), missing('orderNumber'));
    assert.equal(refusal('loginName=a&loginPassword=b&orderNumber=7'), missing('queryType'));
  });

  test('the text has no exclamation mark', () => {
    assert.equal(refusalBody(''), 'errorCode=-3&errorMessage=The+%27loginName%27+argument+is+missing');
  });

  test('the name is in the spelling of the spec', () => {
    assert.equal(refusal('LOGINNAME=&LOGINPASSWORD=x&ORDERNUMBER=7&QUERYTYPE=1'), missing('loginName'));
  });

  test('an argument is missing when no occurrence has a non-empty value', () => {
    assert.equal(
      refusal('loginName=a&loginPassword=&loginPassword&orderNumber=7&queryType=1'),
      missing('loginPassword'),
    );
    assert.equal(
      refusal('loginName=a&loginPassword=b&orderNumber=&certificateID=&queryType=1'),
      missing('orderNumber'),
    );
    assert.equal(refusal('loginName=a&loginPassword=b&orderNumber=7&queryType='), missing('queryType'));
  });

  test('orderNumber is not missing when certificateID is given', () => {
    assert.deepEqual(accepted('loginName=a&loginPassword=b&certificateID=5&queryType=1').query, {
      certificateID: '5',
      queryType: 1,
    });
  });

  test('white space is a value', () => {
    assert.equal(refusal('loginName=a&loginPassword=b&orderNumber=+&queryType=1'), invalid('orderNumber'));
  });

  test('comes before -4', () => {
    assert.equal(refusal(`loginName=${'a'.repeat(65)}&loginPassword=b&orderNumber=x`), missing('queryType'));
  });
});

describe('The order in which a request is judged: -4, invalid', () => {
  test('loginName, loginPassword, orderNumber, certificateID, queryType in turn', () => {
    const bad = ['queryType=9', 'certificateID=x', 'orderNumber=x', 'loginPassword=%FF', 'loginName=%00'];
    const good = ['queryType=1', 'certificateID=1', 'orderNumber=1', 'loginPassword=b', 'loginName=a'];
    const answers = bad.map((_, i) => refusal([...bad.slice(0, i + 1), ...good.slice(i + 1)].join('&')));
    assert.deepEqual(answers, [
      invalid('queryType'),
      invalid('certificateID'),
      invalid('orderNumber'),
      invalid('loginPassword'),
      invalid('loginName'),
    ]);
  });

  test('the text on the wire', () => {
    assert.equal(
      refusalBody('loginName=a&loginPassword=b&orderNumber=x&queryType=1'),
      'errorCode=-4&errorMessage=The+value+of+the+%27orderNumber%27+argument+is+invalid%21',
    );
  });

  test('given more than once, in whatever spelling', () => {
    assert.equal(refusal(`${GOOD}&LOGINname=acme-hosting`), invalid('loginName'));
    assert.equal(refusal(`${GOOD}&loginPassword=s3cret`), invalid('loginPassword'));
    assert.equal(refusal(`${GOOD}&orderNumber=7250060`), invalid('orderNumber'));
    assert.equal(refusal(`${GOOD}&certificateID=1&certificateID=1`), invalid('certificateID'));
    assert.equal(refusal(`${GOOD}&queryType=1`), invalid('queryType'));
  });

  test('empty occurrences count as given', () => {
    assert.equal(refusal(`${GOOD}&loginName=`), invalid('loginName'));
    assert.equal(refusal(`queryType&${GOOD}`), invalid('queryType'));
    assert.equal(refusal(`${GOOD}&certificateID=&certificateID=`), invalid('certificateID'));
  });

  test('invalid UTF-8', () => {
    assert.equal(refusal(GOOD.replace('acme-hosting', 'acme%FF')), invalid('loginName'));
    assert.equal(refusal(GOOD.replace('s3cret', '%C3')), invalid('loginPassword'));
    assert.equal(refusal(GOOD.replace('7250060', '7%80')), invalid('orderNumber'));
  });

  test('U+FFFD itself is valid UTF-8', () => {
    assert.equal(accepted(GOOD.replace('s3cret', '%EF%BF%BD')).credentials.loginPassword, '\uFFFD');
  });

  test('U+0000', () => {
    assert.equal(refusal(GOOD.replace('acme-hosting', 'acme%00')), invalid('loginName'));
    assert.equal(refusal(GOOD.replace('s3cret', '%00')), invalid('loginPassword'));
  });

  const notNumbers = [
    '0',
    '000',
    '-1',
    '%2B1',
    '1.0',
    '1e3',
    '0x1',
    '+1',
    '1+',
    '1%0A',
    '%D9%A1',
    'x',
    '1,000',
  ];
  test('orderNumber: not 1–18 decimal digits with a value of at least 1', () => {
    for (const value of [...notNumbers, '1000000000000000000', '0000000000000000001']) {
      assert.equal(refusal(GOOD.replace('7250060', value)), invalid('orderNumber'), value);
    }
  });

  test('certificateID: not 1–16 decimal digits with a value of at least 1', () => {
    for (const value of [...notNumbers, '10000000000000000', '00000000000000001']) {
      assert.equal(refusal(`${GOOD}&certificateID=${value}`), invalid('certificateID'), value);
    }
  });

  test('an empty single number beside the other one is as if it were not there', () => {
    assert.deepEqual(accepted(`${GOOD}&certificateID=`).query, { orderNumber: '7250060', queryType: 1 });
    assert.deepEqual(accepted(`${GOOD.replace('7250060', '')}&certificateID=5`).query, {
      certificateID: '5',
      queryType: 1,
    });
  });
});
