import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { hasTerminals } from '../../../server/test/terminal.ts';
import { answer, ISSUED, scriptedService, type Turn } from '../scripted-service.ts';
import { COMMAND, cleanEnvironment, home } from './order-status.ts';
import { linesOnScreen } from './screen.ts';

const run = promisify(execFile);
const ROWS = 8;
const COLUMNS = 60;
const ORDERS = 12;

const LONG = answer(
  new URLSearchParams({
    errorCode: '0',
    '1_orderStatus': '保留中'.repeat(20),
    '1_1_certificateStatus': 'Awaiting Validation',
  }).toString(),
);

test('a watch of more orders than the terminal has rows leaves each line once', {
  skip: !hasTerminals,
}, async (t) => {
  const seen = new Set<string>();
  const twice: Turn = (response, request, body) => {
    const turn = seen.has(body) ? ISSUED : LONG;
    seen.add(body);
    turn(response, request, body);
  };
  const service = await scriptedService(t, [twice]);
  const numbers = Array.from({ length: ORDERS }, (_, index) => String(index + 1));
  const watch = `'${process.execPath}' '${COMMAND}' watch ${numbers.join(' ')} --interval 1s`;
  const { stdout } = await run(
    'script',
    ['-qec', `stty rows ${ROWS} cols ${COLUMNS}; ${watch}`, '/dev/null'],
    { env: { ...cleanEnvironment(), ...home(t).environment(service), TERM: 'xterm', NO_COLOR: '1' } },
  );
  const lines = linesOnScreen(stdout, ROWS, COLUMNS);
  assert.ok(stdout.includes('… and 6 more'));
  assert.equal(lines.filter((line) => line.includes('It is issued')).length, ORDERS);
  assert.deepEqual(
    lines.filter((line) => /asked again|… and|not asked yet/.test(line)),
    [],
  );
});
