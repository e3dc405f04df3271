/** Verified logins that workers share and hand on, with `serve` and its workers as processes of their own. */

import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { selfSignedPair } from '../../../src/http/self-signed.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { certificateFiles, write } from '../../http/certificate-files.ts';
import { ACME, cheapHash } from '../../running-service.ts';
import { hasLogged, NO_JOBS, PATIENCE_MS, type Served, scrape, serve, until } from './serving.ts';

/** Another account's order: -4 says that the login is right. */
const IS_IN = /^errorCode=-4&/;
const IS_DENIED = /^errorCode=-16&/;
const NEW_PASSWORD = 'battery staple';
/** The first pause for what processes tell one another, for which no request waits, in milliseconds; then doubled. */
const FIRST_PAUSE_MS = 50;

const accounts = Array.from({ length: 20 }, (_, index) => `account-${index}`);

let nextOrder = 1000;

/** A kept connection to a worker. */
interface ToWorker {
  readonly worker: unknown;
  ask(loginName: string, loginPassword?: string): Promise<string>;
}

/** A kept connection to each of the two workers. Of several at once, one worker does not take all. */
async function connections(t: TestContext, service: Served): Promise<[ToWorker, ToWorker]> {
  const found = new Map<unknown, ToWorker>();
  const connect = async () => {
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    t.after(() => agent.destroy());
    const ask = (loginName: string, loginPassword = ACME.loginPassword, orderNumber = '7250060') =>
      service.ask(
        agent,
        new URLSearchParams({ loginName, loginPassword, orderNumber, queryType: '1' }).toString(),
      );
    // By an order that no other request asks for, its line in the log is known.
    const order = String(nextOrder++);
    const line = () => service.log().find(({ orderNumber }) => orderNumber === order);
    await ask(ACME.loginName, ACME.loginPassword, order);
    await until(() => line() !== undefined);
    const worker = line()?.['worker'];
    found.set(worker, { worker, ask });
  };
  const end = performance.now() + PATIENCE_MS;
  while (found.size < 2) {
    assert.ok(performance.now() < end, 'one worker takes all connections');
    await Promise.all(Array.from({ length: 4 }, connect));
  }
  return [...found.values()] as [ToWorker, ToWorker];
}

/** How many logins were verified with a hash, by all workers so far. */
async function verified(service: Served): Promise<number> {
  const line = /^cert_order_status_logins_total\{outcome="verified"\} ([0-9]+)$/m.exec(await scrape(service));
  return Number(line?.[1] ?? assert.fail('there is no such metric'));
}

/**
 * Logs accounts in with one worker and then, after longer and longer pauses, with the other, until one of them was
 * hashed once.
 */
async function hashedOnce(
  service: Served,
  unused: string[],
  logIn: (account: string) => Promise<void>,
  logInAgain: (account: string) => Promise<void>,
): Promise<string> {
  for (let pauseMs = FIRST_PAUSE_MS; pauseMs < 5000; pauseMs *= 2) {
    const account = unused.pop() ?? assert.fail('every account was hashed twice');
    const before = await verified(service);
    await logIn(account);
    await pause(pauseMs);
    await logInAgain(account);
    if ((await verified(service)) === before + 1) return account;
  }
  return assert.fail('accounts are hashed twice');
}

test('verified logins of two workers', async (t) => {
  const { files } = await certificateFiles(t);
  const tls = ['--tls-cert', files.cert, '--tls-key', files.key];
  const service = await serve(t, ['--workers', '2', ...tls, ...NO_JOBS], { accounts });
  const unused = [...accounts];
  let shared = '';

  /** Both workers know the account without a hash. */
  async function assertRemembered(t: TestContext): Promise<void> {
    const workers = await connections(t, service);
    const before = await verified(service);
    for (const { ask } of workers) assert.match(await ask(shared), IS_IN);
    assert.equal(await verified(service), before);
  }

  await t.test('what one has verified the other remembers', async (t) => {
    const [one, two] = await connections(t, service);
    shared = await hashedOnce(
      service,
      unused,
      async (account) => assert.match(await one.ask(account), IS_IN),
      async (account) => assert.match(await two.ask(account), IS_IN),
    );
    await assertRemembered(t);
  });

  await t.test('a wrong password stays wrong, with both', async (t) => {
    const [one, two] = await connections(t, service);
    assert.match(await one.ask(shared, 'wrong'), IS_DENIED);
    assert.match(await two.ask(shared, `${ACME.loginPassword} `), IS_DENIED);
  });

  await t.test('SIGHUP with another certificate: the renewed ones remember', async (t) => {
    const since = service.log().length;
    write(files, await selfSignedPair());
    service.process.kill('SIGHUP');
    await until(() => hasLogged(service, 'the workers were renewed', since));
    await assertRemembered(t);
  });

  await t.test('a worker that is killed: the one in its place remembers', async (t) => {
    const since = service.log().length;
    const [{ worker }] = await connections(t, service);
    process.kill(Number(worker), 'SIGKILL');
    await until(() => hasLogged(service, 'a worker died; another takes its place', since));
    await assertRemembered(t);
  });

  await t.test('while the primary process is blocked no login waits, and is shared afterwards', async (t) => {
    const [one, two] = await connections(t, service);
    await hashedOnce(
      service,
      unused,
      async (account) => {
        service.process.kill('SIGSTOP');
        try {
          assert.match(await one.ask(account), IS_IN);
          assert.match(await two.ask(shared), IS_IN);
        } finally {
          service.process.kill('SIGCONT');
        }
      },
      async (account) => assert.match(await two.ask(account), IS_IN),
    );
  });

  await t.test('a changed password: the old one is denied by each', async (t) => {
    const store = await openStore(service.database, 'write');
    await store.accounts.setPasswordHash(shared, cheapHash(NEW_PASSWORD));
    await store.close();
    for (const { ask } of await connections(t, service)) {
      assert.match(await ask(shared), IS_DENIED);
      assert.match(await ask(shared, NEW_PASSWORD), IS_IN);
    }
  });

  await t.test('the old password is denied by renewed workers, too', async (t) => {
    const since = service.log().length;
    service.process.kill('SIGHUP');
    await until(() => hasLogged(service, 'the workers were renewed', since));
    const before = await verified(service);
    for (const { ask } of await connections(t, service)) {
      assert.match(await ask(shared), IS_DENIED);
      assert.match(await ask(shared, NEW_PASSWORD), IS_IN);
    }
    assert.equal(await verified(service), before);
  });

  await t.test('no password is in the log', async () => {
    service.process.kill('SIGTERM');
    const { stdout, stderr } = await service.ended;
    assert.ok(!stdout.includes(ACME.loginPassword) && !stdout.includes(NEW_PASSWORD));
    assert.doesNotMatch(stdout, /fingerprint|credential/i);
    assert.equal(stderr, '');
  });
});
