/** responseFormat (revision 1.08): which responses are JSON, byte for byte. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection, statusRequest } from '../connection.ts';
import { ACME, type RunningService, runService } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { LOGIN, NOT_HTTPS, NOT_POST, QUESTION, STATUS_ANSWER, UNKNOWN_ERROR } from '../wire-texts.ts';

const DATE = /\r\nDate: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT\r\n/;
const FORM = 'application/x-www-form-urlencoded';
const STATUS_JSON =
  '{"errorCode":0,"orders":[{"orderNumber":"7250060","orderDateTime":"2025-06-11 11:57","orderStatus":"Pending",' +
  '"certificates":[{"objectType":"SSL","FQDN":"www.example.com","certificateStatus":"Awaiting Validation"}]}]}';
const error = (code: number, message: string) => `{"errorCode":${code},"errorMessage":"${message}"}`;

async function assertResponse(
  service: RunningService,
  form: string,
  type: string,
  body: string,
  how?: Parameters<RunningService['ask']>[1],
) {
  const response = await service.ask(form, how);
  assert.deepEqual(
    { body: response.body, type: response.headers['content-type'], status: response.status },
    { body, type, status: 200 },
  );
  assert.equal(response.headers['cache-control'], 'no-store');
}

const assertJson = (service: RunningService, form: string, body: string) =>
  assertResponse(service, form, 'application/json', body);
const assertForm = (service: RunningService, form: string, body: string) =>
  assertResponse(service, form, FORM, body);

test('a response in JSON is these bytes, headers and all', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  connection.write(statusRequest(`${QUESTION}&responseFormat=2`, 'Connection: close'));
  const received = await connection.untilClosed();
  assert.equal(
    received.replace(DATE, '\r\n'),
    'HTTP/1.1 200 OK\r\n' +
      'Content-Type: application/json\r\n' +
      'Cache-Control: no-store\r\n' +
      `Content-Length: ${STATUS_JSON.length}\r\n` +
      'Connection: close\r\n' +
      '\r\n' +
      STATUS_JSON,
  );
});

test('JSON is for a single responseFormat=2; everything else is a form', async (t) => {
  const service = await runService(t);
  await assertJson(service, `responseformat=%32&${QUESTION}`, STATUS_JSON);
  for (const other of ['&responseFormat=1', '&responseFormat=', '']) {
    await assertForm(service, QUESTION + other, STATUS_ANSWER);
  }
  const invalid = 'errorCode=-4&errorMessage=The+value+of+the+%27responseFormat%27+argument+is+invalid%21';
  for (const value of ['3', '2&responseFormat=2', '2&RESPONSEFORMAT=', 'json']) {
    await assertForm(service, `${QUESTION}&responseFormat=${value}`, invalid);
  }
});

test('errors after the arguments are split are JSON, too', async (t) => {
  const service = await runService(t, { accounts: ['other'] });
  const json = '&responseFormat=2';
  await assertJson(service, `colour=red${json}`, error(-2, "'colour' is an unrecognised argument!"));
  await assertJson(service, `${LOGIN}${json}`, error(-3, "The 'orderNumber' argument is missing"));
  const invalid = (name: string) => error(-4, `The value of the '${name}' argument is invalid!`);
  await assertJson(service, `${LOGIN}&orderNumber=x&queryType=0${json}`, invalid('orderNumber'));
  await assertJson(service, `${QUESTION}&showValidityPeriod=x${json}`, invalid('showValidityPeriod'));
  await assertJson(service, `${LOGIN}&orderNumber=1&queryType=0${json}`, invalid('orderNumber'));
  await assertJson(service, `${LOGIN}&certificateID=1&queryType=0${json}`, invalid('certificateID'));
  await assertJson(
    service,
    `${QUESTION.replace('correct', 'wrong')}${json}`,
    error(-16, 'Permission denied!'),
  );
});

test('-14 at the rate limit is JSON, too, with Retry-After', async (t) => {
  const service = await runService(t, { settings: { limits: { accountRate: 1 } } });
  const json = `${QUESTION}&responseFormat=2`;
  await assertJson(service, json, STATUS_JSON);
  const refused = await service.ask(json);
  assert.equal(refused.body, error(-14, 'An unknown error occurred!'));
  assert.equal(refused.headers['content-type'], 'application/json');
  assert.ok(Number(refused.headers['retry-after']) > 0);
  assert.equal((await service.ask(QUESTION)).body, UNKNOWN_ERROR);
});

test('-1, -17 and 413 are forms', async (t) => {
  const service = await runService(t);
  const json = `${QUESTION}&responseFormat=2`;
  await assertResponse(service, json, FORM, NOT_HTTPS, { scheme: 'http' });
  await assertResponse(service, '', FORM, NOT_POST, { method: 'GET' });
  const large = await service.ask(`${json}&${'x'.repeat(20_000)}`);
  assert.deepEqual([large.status, large.body, large.headers['content-type']], [413, UNKNOWN_ERROR, FORM]);
});

test('an argument of the URL decides like one of the body, where those are accepted', async (t) => {
  const service = await runService(t, { settings: { acceptQueryArguments: true } });
  const path = '/products/!GetDetailedOrderStatus?responseFormat=2';
  await assertResponse(service, QUESTION, 'application/json', STATUS_JSON, { path });
});

test('JSON carries texts as they are stored, and every suggested organisation', async (t) => {
  const service = await runService(t, {
    orders: [
      acmeOrder({
        orderStatus: 'Rejected',
        orderStatusReason: `O'Brien & "Söhne": 100% \\ €😀`,
        suggestedOrgDetails: {
          status: 'Found',
          organizations: [{ organizationName: 'Acme Ltd', countryName: 'GB' }, { dunsNumber: '217568534' }],
        },
      }),
    ],
  });
  await assertJson(
    service,
    `${LOGIN}&orderNumber=7250060&queryType=1&responseFormat=2`,
    '{"errorCode":0,"orders":[{"orderNumber":"7250060","orderDateTime":"2025-06-11 11:57","orderStatus":"Rejected",' +
      `"orderStatusReason":"O'Brien & \\"Söhne\\": 100% \\\\ €😀",` +
      '"suggestedOrgDetails":{"status":"Found","organizations":[{"organizationName":"Acme Ltd","countryName":"GB"},' +
      '{"dunsNumber":"217568534"}]},' +
      '"certificates":[{"objectType":"SSL","FQDN":"www.example.com","certificateStatus":"Awaiting Validation",' +
      '"csrStatus":1,"dcvStatus":2,"ovCallBackStatus":-1,"organizationValidationStatus":-1,"freeDVUPStatus":-1,' +
      '"evClickThroughStatus":-1,"caaStatus":0}]}]}',
  );
});

test('under revision 1.2 the later arguments are unrecognised, and everything is a form', async (t) => {
  const service = await runService(t, { settings: { apiRevision: '1.2' } });
  const unrecognised = (name: string) =>
    `errorCode=-2&errorMessage=%27${name}%27+is+an+unrecognised+argument%21`;
  await assertForm(service, QUESTION, STATUS_ANSWER);
  await assertForm(service, `${QUESTION}&responseFormat=2`, unrecognised('responseFormat'));
  await assertForm(service, `${QUESTION}&responseFormat=1`, unrecognised('responseFormat'));
  await assertForm(service, `${QUESTION}&showValidityPeriod=N`, unrecognised('showValidityPeriod'));
});

test('a denied login cannot be told apart in JSON either', async (t) => {
  const service = await runService(t);
  const denied = await Promise.all(
    [ACME.loginName, 'unknown'].map((loginName) =>
      service.ask({ loginName, loginPassword: 'x', orderNumber: '1', queryType: '0', responseFormat: '2' }),
    ),
  );
  const [known, unknown] = denied.map(({ headers: { date, ...headers }, ...rest }) => ({ ...rest, headers }));
  assert.deepEqual(known, unknown);
});
