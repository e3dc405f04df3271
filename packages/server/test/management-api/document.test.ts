/** The shell lines of docs/management-api.md, run one after the other against a service. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runManagedService } from './managed-service.ts';

const run = promisify(execFile);
const DOCUMENT = readFileSync(new URL('../../../../docs/management-api.md', import.meta.url), 'utf8');

test('the requests in docs/management-api.md do what it says', async (t) => {
  const folder = temporaryFolder(t);
  const secretKeys = { kind: 'file', path: join(folder, 'secret.key'), isMade: true } as const;
  const service = await runManagedService(t, { settings: { secretKeys } });
  writeFileSync(join(folder, 'orders.ndjson'), `${JSON.stringify(acmeOrder())}\n`);
  const env = {
    ...process.env,
    API: `https://127.0.0.1:${service.managementPort}`,
    TOKEN: service.tokens.write,
    ADMIN_TOKEN: service.tokens.admin,
  };
  const commands = [...DOCUMENT.matchAll(/^```sh\n(curl [\s\S]*?)^```$/gm)].map(
    ([, command = '']) => command,
  );
  const answers: string[] = [];
  for (const command of commands) {
    const insecure = command.replace('curl', 'curl --silent --insecure --fail-with-body');
    answers.push((await run('bash', ['-c', insecure], { cwd: folder, env })).stdout);
  }
  const [created, issued, completed, batch, listed, followed, upstream] = answers;
  assert.equal(JSON.parse(created ?? '').orderStatus, 'Pending');
  assert.equal(JSON.parse(issued ?? '').certificates[0].serialNumber, '01A3F2');
  assert.equal(JSON.parse(completed ?? '').orderStatus, 'Completed');
  assert.equal(JSON.parse(batch ?? '').result, 'created');
  assert.equal(JSON.parse(listed ?? '').orders[0].order.orderNumber, '7250060');
  assert.equal(JSON.parse(followed ?? '').changes.length, 4);
  assert.equal(JSON.parse(upstream ?? '').state, 'active');
  assert.equal(answers.length, 7);

  const refused = await service.manage('PATCH /v1/orders/7250061', { body: { orderStatus: 'Pending' } });
  const [, shown = ''] = /^```json\n(\{\n {2}"type"[\s\S]*?)^```$/m.exec(DOCUMENT) ?? [];
  assert.deepEqual(refused.json, JSON.parse(shown));
});
