import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import pino from 'pino';
import { runs } from '../../../protocol/test/runs.ts';
import { loggedError } from '../../src/cli/service-log.ts';
import { type LoggedOutcome, requestLog } from '../../src/status-api/request-log.ts';

/** A logger as the service has it, but for the destination and the clock. */
function testLog(base: Record<string, number> | null = null) {
  const lines: string[] = [];
  const options = { base, timestamp: () => ',"time":"2026-01-01T00:00:00.000Z"' };
  const logger = pino(
    { ...options, serializers: { err: loggedError } },
    { write: (line: string) => lines.push(line) },
  );
  return { lines, logger, logRequest: requestLog(logger) };
}

const number = fc.bigInt(1n, 999_999_999_999_999_999n).map(String);
const queryType = fc.constantFrom(0 as const, 1 as const, 2 as const);
const query = fc.oneof(
  fc.record({ orderNumber: number, queryType }),
  fc.record({ certificateID: number, queryType }),
  fc.record({ orderNumber: number, certificateID: number, queryType }),
  fc.record({ orderNumber: number, queryType, showValidityPeriod: fc.constant(true as const) }),
);
const outcome: fc.Arbitrary<LoggedOutcome> = fc.record(
  {
    account: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('acme', 'é"\\\n\u2028', '\uD83D', '')),
    query,
    errorCode: fc.constantFrom(0, -1, -2, -3, -4, -14, -16, -17),
    throttled: fc.constant(true as const),
  },
  { requiredKeys: ['errorCode'] },
);
const durationMs = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(5000));
const address = fc.constantFrom('127.0.0.1', '2001:db8::1', '');

test('the line of a request is the one that the logger would write, letter for letter', () => {
  const { lines, logger, logRequest } = testLog({ worker: 4711 });
  fc.assert(
    fc.property(outcome, durationMs, address, (outcome, durationMs, address) => {
      const { account, query, errorCode, throttled } = outcome;
      logRequest(outcome, durationMs, address);
      logger.info({ account, ...query, errorCode, throttled, durationMs, address }, 'request');
      const [line, expected] = lines.splice(0);
      assert.equal(line, expected);
    }),
    { numRuns: runs(500) },
  );
});

test('lines of requests and other lines are in one order, and have what the logger begins its lines with', () => {
  for (const base of [null, { worker: 1 }]) {
    const { lines, logger, logRequest } = testLog(base);
    logger.info('before');
    logRequest({ errorCode: 0 }, 1, '127.0.0.1');
    logger.warn('after');
    const read = lines.map((line) => JSON.parse(line));
    assert.deepEqual(
      read.map(({ msg }) => msg),
      ['before', 'request', 'after'],
    );
    assert.deepEqual(read[1], {
      ...read[0],
      errorCode: 0,
      durationMs: 1,
      address: '127.0.0.1',
      msg: 'request',
    });
  }
});

test('a logger that leaves out its level leaves out requests', () => {
  const { lines, logger, logRequest } = testLog();
  for (const level of ['warn', 'silent']) {
    logger.level = level;
    logRequest({ errorCode: 0 }, 1, '127.0.0.1');
    assert.deepEqual(lines, []);
  }
  logger.level = 'info';
  logRequest({ errorCode: 0 }, 1, '127.0.0.1');
  assert.equal(lines.length, 1);
});
