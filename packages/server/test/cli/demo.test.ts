import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import {
  CHECKS,
  decodeResponse,
  ORGANIZATION_DETAILS,
  type ReceivedOrder,
} from '@cert-order-status/protocol';
import { printed, runCommand, type Started, startCommand } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { pageClient } from '../web/page-client.ts';
import { until } from '../webhooks/receiver.ts';

const run = promisify(execFile);

interface Demo extends Started {
  readonly banner: string;
  /** Runs the banner's curl command that has the text, as pasted, after changing it. */
  paste(text: string, change?: (command: string) => string): Promise<string>;
}

async function startDemo(t: TestContext, folder: string, ...args: string[]): Promise<Demo> {
  const demo = startCommand(['demo', '--port', '0', ...args], { env: { TMPDIR: folder } });
  t.after(() => demo.process.kill('SIGKILL'));
  const banner = await printed(demo, 'the two largest certificate IDs');
  const commands = banner.match(/curl (?:.*\\\n)+.*/g) ?? [];
  return {
    ...demo,
    banner,
    async paste(text, change = (command) => command) {
      const command = commands.find((each) => each.includes(text));
      assert.ok(command, `no curl line with ${text}`);
      return (await run('bash', ['-c', `${change(command)} --silent`])).stdout;
    },
  };
}

test('the printed curl lines work as pasted, and the demo leaves nothing behind', async (t) => {
  const folder = temporaryFolder(t);
  const demo = await startDemo(t, folder);
  assert.match(
    await demo.paste('orderNumber=7250001'),
    /^errorCode=0&1_orderNumber=7250001&.*&1_1_csrStatus=1&1_1_dcvStatus=2&.*&1_1_caaStatus=0$/,
  );
  assert.match(
    await demo.paste('queryType=2'),
    /^errorCode=0&1_orderNumber=7250008&.*&3_orderNumber=7250010&/,
  );
  assert.match(await demo.paste('certificateID=9999999999999999'), /&1_1_FQDN=two\.example\.com&/);
  assert.equal(await demo.paste('http://'), 'errorCode=-1&errorMessage=Request+was+not+made+over+https%21');
  assert.match(await demo.paste('--request PATCH'), /"certificateStatus":"Issued","serialNumber":"0A"/);
  assert.match(await demo.paste('orderNumber=7250001'), /&1_1_certificateStatus=Issued&1_1_csrStatus=1&/);
  demo.process.kill('SIGINT');
  assert.equal((await demo.ended).code, 0);
  assert.deepEqual(readdirSync(folder), []);
});

test('the demo with nested organisations', async (t) => {
  const folder = temporaryFolder(t);
  const demo = await startDemo(t, folder, '--suggested-org-details', 'nested');

  await t.test(
    'the demo shows every state of orders, certificates, checks and suggested organisations, and every parameter',
    async () => {
      const numbers = demo.banner.match(/^\d{7,}(?= )/gm) ?? [];
      assert.equal(numbers.length, 16);
      const orders: ReceivedOrder[] = [];
      for (const number of numbers) {
        const answer = decodeResponse(
          Buffer.from(
            await demo.paste('orderNumber=7250001', (command) => command.replace('7250001', number)),
          ),
        );
        assert.ok(answer.kind === 'status');
        assert.ok(answer.status.orders[0]);
        orders.push(answer.status.orders[0]);
      }
      const certificates = orders.flatMap((order) => order.certificates);
      const seen = (values: readonly unknown[]) => [...new Set(values)].filter(Boolean).sort();
      assert.deepEqual(seen(orders.map((order) => order.orderStatus)), [
        'Cancelled',
        'Completed',
        'Pending',
        'Rejected',
      ]);
      assert.deepEqual(seen(certificates.map((certificate) => certificate.certificateStatus)), [
        'Awaiting Brand Validation',
        'Awaiting Validation',
        'Expired',
        'Issued',
        'Rejected',
        'Replaced',
        'Revoked',
      ]);
      assert.deepEqual(
        seen(certificates.flatMap((certificate) => CHECKS.map((check) => certificate[check]))),
        ['completed', 'in-progress', 'not-completed', 'not-required'],
      );
      const suggestions = orders.map((order) => order.suggestedOrgDetails);
      assert.deepEqual(seen(suggestions.map((details) => details?.status)), [
        'Found',
        'NotApplicable',
        'NotFound',
        'NotYetCompleted',
      ]);
      const matches = suggestions.map((details) => details?.organizations?.length);
      assert.deepEqual(seen(matches), [1, 2]);
      const organization = suggestions.find((details) => details?.organizations)?.organizations?.[0];
      assert.deepEqual(Object.keys(organization ?? {}), [...ORGANIZATION_DETAILS]);
      assert.ok(orders.some((order) => order.orderStatusReason));
      assert.ok(certificates.some((certificate) => certificate.certificateStatusReason));
      assert.ok(certificates.some((certificate) => certificate.FQDN === undefined));
    },
  );

  await t.test(
    'the demo shows an endpoint that works, and one whose deliveries fail and are tried again',
    async () => {
      const [, port, path] = demo.banner.match(/https:\/\/127\.0\.0\.1:(\d+)(\/notifications) /) ?? [];
      assert.ok(port && path);
      const client = pageClient({ port: Number(port) });
      await client.signIn({ loginName: 'demo', loginPassword: 'demo-password' });
      const { body } = await client.get(path);
      const logs = [...body.matchAll(/href="(\/notifications\/we_\w+)">(\S+)<\/a>/g)];
      const logOf = async (name: string) => {
        const [, log = ''] = logs.find(([, , url = '']) => url.endsWith(name)) ?? [];
        return (await client.get(log)).body;
      };
      const worked = /order\.updated.*Order 7250010.*delivered.*HTTP status 204/s;
      await until(async () => worked.test(await logOf('/working')), 'nothing was delivered');
      const failed = /order\.updated.*Order 7250010.*queued.*next attempt <time.*HTTP status 500/s;
      await until(async () => failed.test(await logOf('/failing')), 'nothing has failed');
    },
  );

  await t.test('the demo follows an order at an upstream, where it goes on', async () => {
    const [, console = '', token = ''] =
      demo.banner.match(/https:\/\/127\.0\.0\.1:(\d+)\/console .* token '(\S+)'/) ?? [];
    const upstream = '/console/upstreams/demo-ca';
    assert.ok(demo.banner.includes(`${console}${upstream} `));
    const operator = pageClient({ port: Number(console) });
    assert.equal((await operator.post('/console/sign-in', { token })).status, 303);
    const page = async () => (await operator.get('/console/orders/8800001')).body;
    await until(async () => /As of .*, asked every minute\./.test(await page()), 'it was not answered');
    const isFollowed = /followed at <a href="\/console\/upstreams\/demo-ca">/;
    assert.match(await page(), isFollowed);
    // One that replaces a followed one.
    await until(async () => isFollowed.test((await operator.get('/console/orders/8800004')).body));
    await until(async () => {
      await operator.post(upstream, { act: 'refresh', orderNumber: '8800001' });
      return /<code>dcvStatus<\/code>/.test(await page());
    }, 'nothing has changed');
  });

  await t.test(
    'a signal that comes twice, from the terminal and from npm, stops the demo once and leaves nothing',
    async () => {
      demo.process.kill('SIGINT');
      demo.process.kill('SIGTERM');
      const { code, stderr } = await demo.ended;
      assert.equal(code, 0);
      assert.match(stderr, /"msg":"stopped"/);
      assert.deepEqual(readdirSync(folder), []);
    },
  );
});

test('a port in use is a clear failure', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const folder = temporaryFolder(t);
  const ended = await runCommand(['demo', '--port', String(port)], { env: { TMPDIR: folder } });
  assert.equal(ended.code, 1);
  assert.equal(
    ended.stderr,
    `cert-order-status: cannot listen on 127.0.0.1, port ${port}: the port is in use; choose another\n`,
  );
  assert.deepEqual(readdirSync(folder), []);
});
