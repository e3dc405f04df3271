import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { commandFixture, runProcess } from '../command.ts';

const ORDER = `${JSON.stringify({
  account: 'a',
  orderNumber: '1',
  orderDateTime: '2025-06-11T11:57:00Z',
  orderStatus: 'Pending',
  certificates: [{ certificateID: '1', objectType: 'SSL', certificateStatus: 'Awaiting Validation' }],
})}\n`;

describe('Named pipes, devices and standard streams', { skip: process.platform === 'win32' }, () => {
  test('import reads a named pipe, once, and standard input under any name', async (t) => {
    const fixture = await commandFixture(t, ['a']);
    const pipe = join(fixture.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', 'cat > "$0"', pipe], { stdio: ['pipe', 'ignore', 'inherit'] });
    writer.stdin.end(ORDER);
    const created = await runProcess(['import', pipe, ...fixture.database]);
    assert.deepEqual([created.code, created.stderr], [0, '']);
    for (const name of ['-', '/dev/stdin', '/dev/fd/0']) {
      const { code, stdout } = await runProcess(['import', name, ...fixture.database], { input: ORDER });
      assert.equal(code, 0, name);
      assert.match(stdout, /0 changed, 1 unchanged/);
    }
    assert.equal(
      (await runProcess(['order', 'put', '/dev/stdin', ...fixture.database], { input: ORDER })).code,
      0,
    );
  });

  test('export writes to a named pipe, a device and standard output, and replaces none of them', async (t) => {
    const fixture = await commandFixture(t, ['a']);
    await runProcess(['import', '-', ...fixture.database], { input: ORDER });
    const whole = (await runProcess(['export', ...fixture.database])).stdout;

    const pipe = join(fixture.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [{ code }, received] = await Promise.all([
      runProcess(['export', pipe, ...fixture.database]),
      text(reader.stdout),
    ]);
    assert.equal(code, 0);
    assert.equal(received, whole);
    assert.ok(lstatSync(pipe).isFIFO());

    assert.equal((await runProcess(['export', '/dev/stdout', ...fixture.database])).stdout, whole);
    assert.equal((await runProcess(['export', '/dev/null', ...fixture.database])).code, 0);
    assert.ok(lstatSync('/dev/null').isCharacterDevice());
    if (process.platform !== 'linux') return;
    const full = await runProcess(['export', '/dev/full', ...fixture.database]);
    assert.equal(full.code, 1);
    assert.match(full.stderr, /^cert-order-status: cannot write \/dev\/full: ENOSPC: .*\n$/);
  });

  test('export through a symbolic link replaces the file that it leads to', async (t) => {
    const fixture = await commandFixture(t, ['a']);
    const [target, link] = [join(fixture.folder, 'target.ndjson'), join(fixture.folder, 'link.ndjson')];
    writeFileSync(target, 'old');
    symlinkSync(target, link);
    assert.equal((await runProcess(['export', link, ...fixture.database])).code, 0);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.equal(readFileSync(target, 'utf8'), '');
  });

  test('backup overwrites no named pipe', async (t) => {
    const fixture = await commandFixture(t, ['a']);
    const pipe = join(fixture.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { code, stderr } = await runProcess(['backup', pipe, ...fixture.database]);
    assert.equal(code, 1);
    assert.match(stderr, /exists already; a backup overwrites nothing\n$/);
    assert.ok(lstatSync(pipe).isFIFO());
  });
});

describe('What was typed wrong ends in a line', () => {
  for (const port of ['99999', '0', '65536']) {
    test(`a database on port ${port}`, async () => {
      const { code, stderr } = await runProcess(['export', '--database', `postgres://u:secret@h:${port}/d`]);
      assert.equal(code, 2);
      assert.equal(
        stderr,
        'cert-order-status: --database has a port that is none: ports go from 1 to 65535\n',
      );
    });
  }
});

describe('A byte-order mark in front of a file that people edit is no part of it', () => {
  test('a settings file', async (t) => {
    const { folder } = await commandFixture(t);
    const config = join(folder, 'config.json');
    writeFileSync(config, '\ufeff{"port": 99999}');
    const { code, stderr } = await runProcess(['serve', '--config', config]);
    assert.equal(code, 2);
    assert.match(stderr, /must be a port, 1 to 65535/);
    assert.doesNotMatch(stderr, /JSON/);
  });
});
