import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { openConnection, statusRequest } from '../connection.ts';
import { runService } from '../running-service.ts';
import {
  ORDER_NUMBER_INVALID,
  PERMISSION_DENIED,
  QUESTION,
  STATUS_ANSWER,
  UNKNOWN_ERROR,
} from '../wire-texts.ts';

const asking = (loginName: string, loginPassword: string) =>
  `loginName=${loginName}&loginPassword=${loginPassword}&orderNumber=7250060&queryType=0`;

test('an unknown login, a wrong password and a disabled account get the same bytes', async (t) => {
  const { port, database } = await runService(t, { accounts: ['closed'] });
  const store = await openStore(database, 'write');
  await store.accounts.setDisabled('closed', true);
  await store.close();

  const denied = [
    asking('nobody', 'correct+horse'),
    asking('acme-hosting', 'wrong'),
    asking('closed', 'correct+horse'),
    asking('closed', 'wrong'),
  ];
  for (const form of denied) {
    const connection = await openConnection(t, port);
    connection.write(statusRequest(form, 'Connection: close'));
    assert.equal(
      (await connection.untilClosed()).replace(/^Date: .*\r\n/m, ''),
      'HTTP/1.1 200 OK\r\n' +
        'Content-Type: application/x-www-form-urlencoded\r\n' +
        'Cache-Control: no-store\r\n' +
        'Content-Length: 47\r\n' +
        'Connection: close\r\n' +
        '\r\n' +
        'errorCode=-16&errorMessage=Permission+denied%21',
    );
  }
});

test('loginName and loginPassword are case-sensitive', async (t) => {
  const service = await runService(t);
  const nearly = [
    asking('Acme-hosting', 'correct+horse'),
    asking('ACME-HOSTING', 'correct+horse'),
    asking('acme-hosting', 'Correct+horse'),
    asking('acme-hosting', 'CORRECT+HORSE'),
    asking('acme-hosting+', 'correct+horse'),
  ];
  for (const form of nearly) assert.equal((await service.ask(form)).body, PERMISSION_DENIED, form);
  assert.equal((await service.ask(asking('acme-hosting', 'correct+horse'))).body, STATUS_ANSWER);
  for (const form of nearly) assert.equal((await service.ask(form)).body, PERMISSION_DENIED, form);
});

test('a good login opens no other account', async (t) => {
  const service = await runService(t, { accounts: ['other'] });
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);
  assert.equal((await service.ask(asking('other', 'correct+horse'))).body, ORDER_NUMBER_INVALID);
  assert.equal((await service.ask(asking('other', 'wrong'))).body, PERMISSION_DENIED);
});

test('with too many passwords waiting to be checked the answer is HTTP 200, -14 and Retry-After', async (t) => {
  const { port } = await runService(t);
  const guesses = availableParallelism() + 12;
  // A connection's requests are handled one at a time.
  const connections = await Promise.all(Array.from({ length: guesses }, () => openConnection(t, port)));
  for (const [guess, connection] of connections.entries()) {
    // What nobody's password is checked against costs what a real one does, unlike the tests' own accounts.
    connection.write(statusRequest(asking('nobody', `guess${guess}`)));
  }
  let shed = 0;
  for (const connection of connections) {
    const { statusLine, headers, body } = await connection.answer();
    assert.equal(statusLine, 'HTTP/1.1 200 OK');
    if (body === PERMISSION_DENIED) continue;
    shed++;
    assert.equal(body, UNKNOWN_ERROR);
    assert.equal(headers['retry-after'], '2');
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
  }
  assert.ok(shed > 0 && shed < guesses, `${shed} of ${guesses}`);
});
