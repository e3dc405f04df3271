import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { openConnection, type RawAnswer, statusRequest } from '../connection.ts';
import { ACME, runService } from '../running-service.ts';
import { emptyPostgres } from './databases.ts';

const QUESTION = { ...ACME, orderNumber: '7250060', queryType: '1' };
const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
const IN_FLIGHT = 5;

test('a slow database: so many questions wait for it, the others are told at once to come back, and health checks are answered', async (t) => {
  const database = await emptyPostgres(t);
  const service = await runService(t, { database, settings: { limits: { inFlight: IN_FLIGHT } } });
  assert.match((await service.ask(QUESTION)).body, /^errorCode=0&/);
  const other = new Client({ connectionString: database });
  await other.connect();
  await other.query('BEGIN; LOCK TABLE "order" IN ACCESS EXCLUSIVE MODE');

  // All have a connection: then they come at one moment.
  const connections = await Promise.all(
    Array.from({ length: 4 * IN_FLIGHT + 1 }, () => openConnection(t, service.port)),
  );
  const answered: RawAnswer[] = [];
  const asked = connections.map(async (connection, index) => {
    connection.write(index === 0 ? HEALTH : statusRequest(new URLSearchParams(QUESTION).toString()));
    answered.push(await connection.answer());
  });
  await Promise.all(asked);
  const isHealth = ({ body }: RawAnswer) => !body.startsWith('errorCode=');
  const isShed = ({ headers }: RawAnswer) => headers['retry-after'] === '1';
  assert.deepEqual(
    answered.filter(isHealth).map(({ statusLine }) => statusLine),
    ['HTTP/1.1 200 OK'],
  );
  for (const answer of answered) if (!isHealth(answer)) assert.match(answer.body, /^errorCode=-14&/);
  assert.equal(answered.filter(isShed).length, 3 * IN_FLIGHT);
  // At once: those that wait for the database come last.
  assert.ok(!answered.slice(-IN_FLIGHT).some((answer) => isHealth(answer) || isShed(answer)));

  await other.query('ROLLBACK');
  await other.end();
  assert.match((await service.ask(QUESTION)).body, /^errorCode=0&/);
});
