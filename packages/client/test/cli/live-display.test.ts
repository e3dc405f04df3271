import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { hasTerminals } from '../../../server/test/terminal.ts';
import { displayWidth } from '../../src/cli/display-width.ts';
import {
  answer,
  FEED_CHALLENGE,
  feedPage,
  ISSUED,
  PENDING,
  SILENCE,
  scriptedService,
  TRUSTED,
  type Turn,
} from '../scripted-service.ts';
import { COMMAND, cleanEnvironment, home } from './order-status.ts';
import { linesOnScreen } from './screen.ts';

const run = promisify(execFile);
/** How a block of live lines is taken away. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with one
const ERASER = /\x1b\[(\d+)A\r\x1b\[J/;
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

/** Wide, combining and emoji: 3 + 2 + 1 characters that take more or fewer columns than code units. */
const WIDE = answer(
  new URLSearchParams({
    errorCode: '0',
    '1_orderStatus': '保留中e\u0301👩‍👩‍👧'.repeat(10),
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

test('a terminal that is made narrower has its broken lines erased, and gets lines that fit, whatever their characters', {
  skip: !hasTerminals,
}, async (t) => {
  const { folder, environment } = home(t);
  const name = join(folder, 'tty');
  const narrow = 30;
  const resized: Turn = async (response, request, body) => {
    const terminal = (await readFile(name, 'utf8')).trim();
    await run('stty', ['-F', terminal, 'cols', String(narrow)]);
    // The next clock tick, or this response, shows the lines anew.
    (seen++ === 0 ? WIDE : ISSUED)(response, request, body);
  };
  let seen = 0;
  const service = await scriptedService(t, [WIDE, resized]);
  const watch = `'${process.execPath}' '${COMMAND}' watch 1 --interval 1s`;
  const command = `tty > '${name}'; stty rows ${ROWS} cols ${COLUMNS}; ${watch}`;
  const { stdout } = await run('script', ['-qec', command, '/dev/null'], {
    env: { ...cleanEnvironment(), ...environment(service), TERM: 'xterm', NO_COLOR: '1' },
  });
  // Between two erasers stands a frame: lines that stay, and the live line, which is its last.
  const [first = '', ...rest] = stdout.replaceAll('\r\n', '\n').split(ERASER);
  const frames = [first, ...rest.filter((_, index) => index % 2 === 1)].map(
    (text) => text.trimEnd().split('\n').at(-1) ?? '',
  );
  const heights = rest.filter((_, index) => index % 2 === 0).map(Number);
  const widths = frames.slice(0, -1).map(displayWidth);
  const isNarrow = widths.findIndex((width) => width > 20 && width <= narrow);
  assert.ok(isNarrow > 0, JSON.stringify(frames));
  assert.ok(widths.slice(0, isNarrow).some((width) => width > narrow && width <= COLUMNS));
  assert.ok(
    widths.slice(isNarrow).every((width) => width <= narrow),
    JSON.stringify(frames),
  );
  // The last wide frame takes two lines of the narrow terminal.
  assert.equal(heights[isNarrow - 1], 2);
});

test('a watch that follows the change feed says of no order when it is asked again', {
  skip: !hasTerminals,
}, async (t) => {
  const feedTurns = [FEED_CHALLENGE, feedPage('a'), feedPage('b', '7250060'), SILENCE];
  const service = await scriptedService(t, [PENDING, ISSUED], TRUSTED, feedTurns);
  const watch = `'${process.execPath}' '${COMMAND}' watch 7250060`;
  const { stdout } = await run('script', ['-qec', `stty rows ${ROWS} cols 200; ${watch}`, '/dev/null'], {
    env: { ...cleanEnvironment(), ...home(t).environment(service), TERM: 'xterm', NO_COLOR: '1' },
  });
  assert.match(stdout, /follows the service's change feed/);
  assert.match(stdout, /order 7250060 {2}Pending {2}\S/);
  assert.doesNotMatch(stdout, /asked again/);
});
