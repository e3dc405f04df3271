import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runService } from '../running-service.ts';
import {
  LOGIN,
  NOT_HTTPS,
  NOT_POST,
  ORDER_NUMBER_INVALID,
  PERMISSION_DENIED,
  UNKNOWN_ERROR,
} from '../wire-texts.ts';

const WRONG_LOGIN = 'loginName=nobody&loginPassword=guess';
const UNKNOWN_ARGUMENT = 'errorCode=-2&errorMessage=%27colour%27+is+an+unrecognised+argument%21';

test('-1 goes before -17', async (t) => {
  const service = await runService(t);
  for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
    const answer = await service.ask('', { scheme: 'http', method });
    assert.equal(answer.status, 200, method);
    assert.equal(answer.body, method === 'HEAD' ? '' : NOT_HTTPS, method);
  }
});

test('-1 goes before every argument', async (t) => {
  const service = await runService(t);
  assert.equal((await service.ask('colour=red', { scheme: 'http' })).body, NOT_HTTPS);
  assert.equal((await service.ask('', { scheme: 'http' })).body, NOT_HTTPS);
});

test('-17 goes before -2', async (t) => {
  const service = await runService(t, { settings: { acceptQueryArguments: true } });
  const answer = await service.ask('', {
    method: 'GET',
    path: '/products/!GetDetailedOrderStatus?colour=red',
  });
  assert.equal(answer.body, NOT_POST);
});

test('-2 goes before -3, wherever it stands', async (t) => {
  const service = await runService(t);
  assert.equal((await service.ask('loginName=&colour=red')).body, UNKNOWN_ARGUMENT);
  assert.equal((await service.ask('colour=red&loginName=')).body, UNKNOWN_ARGUMENT);
});

test('-2 goes before -4', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(`${LOGIN}&orderNumber=x&queryType=7&colour=red`);
  assert.equal(answer.body, UNKNOWN_ARGUMENT);
});

test('the first unrecognised argument is named', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(`${LOGIN}&colour=red&shade=dark&Another`);
  assert.equal(answer.body, UNKNOWN_ARGUMENT);
});

test('-3 goes before -4', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(`${LOGIN}&${LOGIN}&orderNumber=x`);
  assert.equal(answer.body, 'errorCode=-3&errorMessage=The+%27queryType%27+argument+is+missing');
});

test('-4 for a value goes before -16', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(`${WRONG_LOGIN}&orderNumber=7250060&queryType=7`);
  assert.equal(
    answer.body,
    'errorCode=-4&errorMessage=The+value+of+the+%27queryType%27+argument+is+invalid%21',
  );
});

test('-16 goes before -4 for a number that is not of the account', async (t) => {
  const service = await runService(t);
  const numbers = 'orderNumber=999&queryType=0';
  assert.equal((await service.ask(`${WRONG_LOGIN}&${numbers}`)).body, PERMISSION_DENIED);
  assert.equal((await service.ask(`${LOGIN}&${numbers}`)).body, ORDER_NUMBER_INVALID);
});

test('413 goes before every argument', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(`colour=${'red'.repeat(6000)}`);
  assert.equal(answer.status, 413);
  assert.equal(answer.body, UNKNOWN_ERROR);
});

test('-3 is judged in the order loginName, loginPassword, orderNumber, queryType', async (t) => {
  const service = await runService(t);
  const forms = {
    '': 'loginName',
    'loginName=a': 'loginPassword',
    'loginName=a&loginPassword=b': 'orderNumber',
    'loginName=a&loginPassword=b&orderNumber=1': 'queryType',
  };
  for (const [form, name] of Object.entries(forms)) {
    const answer = await service.ask(form);
    assert.equal(answer.body, `errorCode=-3&errorMessage=The+%27${name}%27+argument+is+missing`);
  }
});

test('-4 is judged in the order loginName, loginPassword, orderNumber, certificateID, queryType', async (t) => {
  const service = await runService(t);
  const faults = [
    ['loginName', 'loginName=%FF', 'loginName=nobody'],
    ['loginPassword', 'loginPassword=%FF', 'loginPassword=guess'],
    ['orderNumber', 'orderNumber=x', 'orderNumber=1'],
    ['certificateID', 'certificateID=x', 'certificateID=1'],
    ['queryType', 'queryType=x', 'queryType=0'],
  ] as const;
  for (const [first, [name]] of faults.entries()) {
    const form = faults.map(([, wrong, right], place) => (place < first ? right : wrong)).reverse();
    const answer = await service.ask(form.join('&'));
    assert.equal(
      answer.body,
      `errorCode=-4&errorMessage=The+value+of+the+%27${name}%27+argument+is+invalid%21`,
    );
  }
});
