import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type RunningService, runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import {
  CERTIFICATE_ID_INVALID,
  LOGIN,
  ORDER_NUMBER_INVALID,
  PERMISSION_DENIED,
  QUESTION,
  STATUS_ANSWER,
} from '../wire-texts.ts';

const invalid = (name: string) =>
  `errorCode=-4&errorMessage=The+value+of+the+%27${name}%27+argument+is+invalid%21`;

/** Each form, and the answer to it. */
async function eachIsAnswered(t: TestContext, service: RunningService, forms: Record<string, string>) {
  for (const [form, expected] of Object.entries(forms)) {
    await t.test(form.slice(0, 100), async () => {
      const answer = await service.ask(form);
      assert.equal(answer.status, 200);
      assert.equal(answer.body, expected);
    });
  }
}

test('variable names are case-insensitive', async (t) => {
  const service = await runService(t);
  await eachIsAnswered(t, service, {
    'LOGINNAME=acme-hosting&loginpassword=correct+horse&OrderNumber=7250060&QUERYtype=0': STATUS_ANSWER,
    'loginname=acme-hosting&LoginPassword=correct+horse&CERTIFICATEID=5550001&querytype=0': STATUS_ANSWER,
    'login%4Eame=acme-hosting&%6CoginPassword=correct+horse&orderNumber=7250060&queryType=0': STATUS_ANSWER,
  });
});

test('arguments come in any order, and empty pieces are ignored', async (t) => {
  const service = await runService(t);
  await eachIsAnswered(t, service, {
    'queryType=0&orderNumber=7250060&loginPassword=correct%20horse&loginName=acme-hosting': STATUS_ANSWER,
    '&&queryType=0&&orderNumber=7250060&loginPassword=correct+horse&loginName=acme-hosting&': STATUS_ANSWER,
  });
});

test('loginName: at most 64 characters, case-sensitive', async (t) => {
  const service = await runService(t, { accounts: ['ü'.repeat(64), 'a+b & c=d'] });
  const asking = (name: string) =>
    `loginName=${name}&loginPassword=correct+horse&orderNumber=7250060&queryType=0`;
  await eachIsAnswered(t, service, {
    [asking('%C3%BC'.repeat(64))]: ORDER_NUMBER_INVALID,
    [asking('%C3%BC'.repeat(65))]: invalid('loginName'),
    [asking('a%2Bb+%26+c=d')]: ORDER_NUMBER_INVALID,
    [asking('Acme-Hosting')]: PERMISSION_DENIED,
    [asking('%FF')]: invalid('loginName'),
    [asking('acme%00')]: invalid('loginName'),
    [`loginName=&${asking('acme-hosting')}`]: invalid('loginName'),
    [asking('')]: 'errorCode=-3&errorMessage=The+%27loginName%27+argument+is+missing',
  });
});

test('loginPassword: at most 128 characters, case-sensitive', async (t) => {
  const service = await runService(t);
  const asking = (password: string) =>
    `loginName=acme-hosting&loginPassword=${password}&orderNumber=7250060&queryType=0`;
  await eachIsAnswered(t, service, {
    [asking('correct%20horse')]: STATUS_ANSWER,
    [asking('Correct+horse')]: PERMISSION_DENIED,
    [asking('correct+horse+')]: PERMISSION_DENIED,
    [asking('%F0%9F%98%80'.repeat(128))]: PERMISSION_DENIED,
    [asking('%F0%9F%98%80'.repeat(129))]: invalid('loginPassword'),
    [asking('correct%C3horse')]: invalid('loginPassword'),
    [asking('correct%00horse')]: invalid('loginPassword'),
    [`${asking('correct+horse')}&loginPassword=correct+horse`]: invalid('loginPassword'),
    [asking('')]: 'errorCode=-3&errorMessage=The+%27loginPassword%27+argument+is+missing',
  });
});

test('orderNumber: any order number of the webhost account', async (t) => {
  const service = await runService(t);
  const asking = (number: string) => `${LOGIN}&queryType=0&orderNumber=${number}`;
  await eachIsAnswered(t, service, {
    [asking('7250060')]: STATUS_ANSWER,
    ...Object.fromEntries(
      [
        '0',
        '-7250060',
        '%2B7250060',
        '7250060.0',
        '+7250060',
        '7250060%0A',
        '7e6',
        '0x6EA06C',
        'abc',
        '٧',
      ].map((number) => [asking(number), ORDER_NUMBER_INVALID]),
    ),
    [`${asking('7250060')}&orderNumber=`]: ORDER_NUMBER_INVALID,
    [asking('')]: 'errorCode=-3&errorMessage=The+%27orderNumber%27+argument+is+missing',
  });
});

test('certificateID: Integer, 16 digits', async (t) => {
  const service = await runService(t, {
    orders: [acmeOrder({ certificates: [acmeCertificate({ certificateID: '1234567890123456' })] })],
  });
  const asking = (id: string) => `${LOGIN}&queryType=0&certificateID=${id}`;
  await eachIsAnswered(t, service, {
    [asking('1234567890123456')]: STATUS_ANSWER,
    [asking('12345678901234560')]: CERTIFICATE_ID_INVALID,
    [asking('01234567890123456')]: CERTIFICATE_ID_INVALID,
    [asking('0')]: CERTIFICATE_ID_INVALID,
    [asking('-1')]: CERTIFICATE_ID_INVALID,
    [asking('1234567890123456.')]: CERTIFICATE_ID_INVALID,
    [`${asking('')}&certificateID=1234567890123456`]: CERTIFICATE_ID_INVALID,
  });
});

test('either orderNumber or certificateID must be provided; an empty one beside the other is as if not there', async (t) => {
  const service = await runService(t);
  const missing = 'errorCode=-3&errorMessage=The+%27orderNumber%27+argument+is+missing';
  await eachIsAnswered(t, service, {
    [`${LOGIN}&queryType=0`]: missing,
    [`${LOGIN}&queryType=0&orderNumber=&certificateID=`]: missing,
    [`${LOGIN}&queryType=0&certificateID`]: missing,
    [`${LOGIN}&queryType=0&orderNumber=&certificateID=5550001`]: STATUS_ANSWER,
    [`${LOGIN}&queryType=0&orderNumber=7250060&certificateID=`]: STATUS_ANSWER,
    [`${LOGIN}&queryType=0&orderNumber=7250060&certificateID=5550001`]: STATUS_ANSWER,
  });
});

test('queryType: 0, 1 or 2', async (t) => {
  const service = await runService(t);
  const checks =
    '&1_1_csrStatus=1&1_1_dcvStatus=2&1_1_ovCallBackStatus=-1&1_1_organizationValidationStatus=-1' +
    '&1_1_freeDVUPStatus=-1&1_1_evClickThroughStatus=-1&1_1_caaStatus=0';
  const asking = (type: string) => `${LOGIN}&orderNumber=7250060&queryType=${type}`;
  await eachIsAnswered(t, service, {
    [asking('0')]: STATUS_ANSWER,
    [asking('1')]: STATUS_ANSWER + checks,
    [asking('2')]: STATUS_ANSWER + checks,
    ...Object.fromEntries(
      ['3', '-1', '00', '01', '+1', '1+', '1.0', 'one', '%EF%BC%91'].map((type) => [
        asking(type),
        invalid('queryType'),
      ]),
    ),
    [`${QUESTION}&queryType=0`]: invalid('queryType'),
    [asking('')]: 'errorCode=-3&errorMessage=The+%27queryType%27+argument+is+missing',
    [`${LOGIN}&orderNumber=7250060`]: 'errorCode=-3&errorMessage=The+%27queryType%27+argument+is+missing',
  });
});
