import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runService } from '../running-service.ts';
import { execute } from '../store/databases.ts';
import { LOGIN, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

test('0 = Successful', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(QUESTION);
  assert.equal(answer.status, 200);
  assert.equal(answer.body, STATUS_ANSWER);
});

test('-1 = Request was not made over https!', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(QUESTION, { scheme: 'http' });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, 'errorCode=-1&errorMessage=Request+was+not+made+over+https%21');
});

test("-2 = 'xxxx' is an unrecognised argument!", async (t) => {
  const service = await runService(t);
  const long = '😀'.repeat(70);
  const echoes: Record<string, string> = {
    'colour=red': 'colour',
    [`${QUESTION}&Colour=&other=1`]: 'Colour',
    'order+number%21=1': 'order+number%21',
    '=1': '',
    '%FFx=1': '%EF%BF%BDx',
    'b%C3%BCcher%26%3D%27=1': 'b%C3%BCcher%26%3D%27',
    [`${encodeURIComponent(long)}=1`]: '%F0%9F%98%80'.repeat(64),
    ' loginName=1': '+loginName',
  };
  for (const [form, name] of Object.entries(echoes)) {
    const answer = await service.ask(form);
    assert.equal(answer.status, 200);
    assert.equal(answer.body, `errorCode=-2&errorMessage=%27${name}%27+is+an+unrecognised+argument%21`);
  }
});

test("-3 = The 'xxxx' argument is missing", async (t) => {
  const service = await runService(t);
  const forms: Record<string, string> = {
    '': 'loginName',
    'LOGINNAME=&LOGINPASSWORD=x': 'loginName',
    'loginName=acme-hosting': 'loginPassword',
    [LOGIN]: 'orderNumber',
    [`${LOGIN}&certificateID=1`]: 'queryType',
  };
  for (const [form, name] of Object.entries(forms)) {
    const answer = await service.ask(form);
    assert.equal(answer.status, 200);
    assert.equal(answer.body, `errorCode=-3&errorMessage=The+%27${name}%27+argument+is+missing`);
  }
});

test("-4 = The value of the 'xxxx' argument is invalid!", async (t) => {
  const service = await runService(t);
  const forms: Record<string, string> = {
    [`${LOGIN}&loginNAME=acme-hosting&orderNumber=x&queryType=0`]: 'loginName',
    [`${LOGIN}&LOGINpassword=&orderNumber=x&queryType=0`]: 'loginPassword',
    [`${LOGIN}&ORDERNUMBER=x&queryType=0`]: 'orderNumber',
    [`${LOGIN}&CERTIFICATEid=x&queryType=0`]: 'certificateID',
    [`${LOGIN}&orderNumber=7250060&QUERYTYPE=x`]: 'queryType',
  };
  for (const [form, name] of Object.entries(forms)) {
    const answer = await service.ask(form);
    assert.equal(answer.status, 200);
    assert.equal(
      answer.body,
      `errorCode=-4&errorMessage=The+value+of+the+%27${name}%27+argument+is+invalid%21`,
    );
  }
});

test('-14 = An unknown error occurred!', async (t) => {
  const service = await runService(t);
  await execute(service.database, 'ALTER TABLE "order" RENAME TO lost');
  const failed = await service.ask(QUESTION);
  assert.equal(failed.status, 200);
  assert.equal(failed.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.equal(failed.body, 'errorCode=-14&errorMessage=An+unknown+error+occurred%21');
  assert.doesNotMatch(service.logText(), /correct|horse/);

  await execute(service.database, 'ALTER TABLE lost RENAME TO "order"');
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);
});

test('-16 = Permission denied!', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(
    'loginName=acme-hosting&loginPassword=guess&orderNumber=7250060&queryType=0',
  );
  assert.equal(answer.status, 200);
  assert.equal(answer.body, 'errorCode=-16&errorMessage=Permission+denied%21');
});

test('-17 = Request used GET rather than POST!', async (t) => {
  const service = await runService(t);
  const answer = await service.ask('', { method: 'GET' });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, 'errorCode=-17&errorMessage=Request+used+GET+rather+than+POST%21');
});
