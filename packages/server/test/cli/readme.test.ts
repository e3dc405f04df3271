import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { commandFixture, printed, runCommand, startCommand } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const run = promisify(execFile);
const README = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');

/** The contents of the README's code blocks of one kind that hold a text. */
function block(kind: string, text: string): string {
  const blocks = [...README.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const found = blocks.find(([, ofKind, content]) => ofKind === kind && content?.includes(text));
  assert.ok(found?.[2], `no ${kind} block with ${text}`);
  return found[2];
}

test('the request in the README, sent to the demo, gets the answer in the README', async (t) => {
  const demo = startCommand(['demo', '--port', '0'], { env: { TMPDIR: temporaryFolder(t) } });
  t.after(() => demo.process.kill('SIGTERM'));
  const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(await printed(demo, 'listens on')) ?? [];
  const command = block('sh', 'curl').trim().replace('8443', port);
  const { stdout } = await run('bash', ['-c', `${command} --silent`]);
  assert.equal(`${stdout}\n`, block('text', 'errorCode=0'));
  demo.process.kill('SIGTERM');
  await demo.ended;
});

test('the orders in the README are imported by the command in the README', async (t) => {
  const fixture = await commandFixture(t);
  const [, orders = ''] = /<<'END'\n([\s\S]*?)^END$/m.exec(block('sh', 'orders.ndjson')) ?? [];
  const { stdout } = await runCommand(['import', '-', ...fixture.database], { input: orders });
  assert.equal(stdout, '1 order created, 0 changed, 0 unchanged\n');
});
