import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { ACME, runService, sendRequest } from '../running-service.ts';
import { postgresDatabase } from './databases.ts';

const QUESTION = { ...ACME, orderNumber: '7250060', queryType: '1' };
const IN_FLIGHT = 5;

test('a slow database: so many questions wait for it, the others are told at once to come back, and health checks are answered', async (t) => {
  const database = await postgresDatabase(t);
  const service = await runService(t, { database, settings: { limits: { inFlight: IN_FLIGHT } } });
  assert.match((await service.ask(QUESTION)).body, /^errorCode=0&/);
  const other = new Client({ connectionString: database });
  await other.connect();
  await other.query('BEGIN; LOCK TABLE "order" IN ACCESS EXCLUSIVE MODE');

  const began = performance.now();
  const asked = Array.from({ length: 4 * IN_FLIGHT }, async () => {
    const answer = await service.ask(QUESTION);
    return { ...answer, milliseconds: performance.now() - began };
  });
  const health = await sendRequest({
    scheme: 'https',
    port: service.port,
    method: 'GET',
    path: '/healthz',
    headers: {},
    body: '',
  });
  assert.equal(health.status, 200);
  assert.ok(performance.now() - began < 1500);
  const answers = await Promise.all(asked);
  for (const { body } of answers) assert.match(body, /^errorCode=-14&/);
  const shed = answers.filter(({ headers }) => headers['retry-after'] === '1');
  assert.equal(shed.length, 3 * IN_FLIGHT);
  for (const { milliseconds } of shed) assert.ok(milliseconds < 1500, `${milliseconds}`);

  await other.query('ROLLBACK');
  await other.end();
  assert.match((await service.ask(QUESTION)).body, /^errorCode=0&/);
});
