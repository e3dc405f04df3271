import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMAND, commandFixture, runCommand } from '../command.ts';
import { hasTerminals } from '../terminal.ts';

test('another login name makes the command prompt for the password, without an echo', {
  skip: !hasTerminals,
}, async (t) => {
  const fixture = await commandFixture(t);
  const add = ['upstream', 'add', 'ca', '--base-url', 'https://ca.example', '--login', 'reseller'];
  await runCommand([...add, '--password-stdin', ...fixture.database], { input: 'secret' });
  const set = ['upstream', 'set', 'ca', '--login', 'another', ...fixture.database];
  const command = [process.execPath, COMMAND, ...set].join(' ');
  const terminal = spawn('script', ['-qec', command, join(fixture.folder, 'typescript')], { stdio: 'pipe' });
  let shown = '';
  let isTyped = false;
  terminal.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (isTyped || !shown.includes("Password of login 'another' at upstream 'ca': ")) return;
    isTyped = true;
    terminal.stdin.write('typed secret\r');
  });
  const code = await new Promise((resolve) => terminal.once('close', resolve));
  assert.equal(code, 0, shown);
  assert.match(shown, /the password is needed again, because loginName changes/);
  assert.ok(!shown.includes('typed secret'));
  const show = await runCommand(['upstream', 'show', 'ca', '--json', ...fixture.database]);
  assert.equal(JSON.parse(show.stdout).loginName, 'another');
});
