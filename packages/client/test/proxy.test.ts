import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { OrderStatusClient, TransportError } from '../src/index.ts';
import { proxySettings } from '../src/proxy.ts';
import { home, orderStatus } from './cli/order-status.ts';
import { connectProxy } from './connect-proxy.ts';
import { ISSUED, LOGIN, scriptedService } from './scripted-service.ts';

const QUERY = { orderNumber: '7250060' };
const PASSWORD = 'p@ss word';
const AUTHORIZATION = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`;
const withLogin = (url: string) => url.replace('//', `//me:${encodeURIComponent(PASSWORD)}@`);

describe('The library goes through a proxy', () => {
  test('that is an option, with its login, and keeps the tunnel', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const proxy = await connectProxy(t);
    const client = service.client({ proxy: withLogin(proxy.url) });
    await client.getDetailedOrderStatus(QUERY);
    await client.getDetailedOrderStatus(QUERY);
    assert.equal(service.received.length, 2);
    assert.deepEqual(proxy.tunnels, [{ target: `127.0.0.1:${service.port}`, authorization: AUTHORIZATION }]);
    assert.ok(!JSON.stringify(service.received).includes('proxy-authorization'));
    assert.ok(!inspect(client, { depth: 9, showHidden: true }).includes('p%40ss'));
  });

  for (const [refusal, attempts, status] of [
    ['407 Proxy Authentication Required', 1, 407],
    ['502 me:p@ss word', 2, 502],
  ] as const) {
    test(`that answers ${refusal}: ${attempts} attempts, and its password is in no error`, async (t) => {
      const service = await scriptedService(t, [ISSUED]);
      const proxy = await connectProxy(t, refusal);
      const client = service.client({ proxy: withLogin(proxy.url), retry: { attempts: 2, firstPauseMs: 1 } });
      const error: unknown = await client.getDetailedOrderStatus(QUERY).catch((reason) => reason);
      assert.ok(error instanceof TransportError);
      assert.equal(error.reason, 'proxy');
      assert.equal(error.status, status);
      assert.equal(proxy.tunnels.length, attempts);
      assert.ok(error.message.includes(`the proxy 127.0.0.1:${proxy.port}: `), error.message);
      assert.ok(!/p@ss|p%40ss/.test(inspect(error, { depth: 9, showHidden: true })));
      assert.equal(service.received.length, 0);
    });
  }

  test('never together with a fetch', () => {
    const options = { baseUrl: 'https://orders.example.com', ...LOGIN, fetch, proxy: 'http://proxy' };
    assert.throws(() => new OrderStatusClient(options), /^TypeError: proxy: cannot be used together/);
  });
});

describe('A proxy in the environment', () => {
  const from = (environment: Record<string, string>) => proxySettings('environment', environment);

  test('is the lower-case one first, and http where no scheme is given', () => {
    assert.equal(from({}), undefined);
    assert.equal(from({ https_proxy: '', HTTPS_PROXY: '' }), undefined);
    assert.equal(from({ https_proxy: 'a:1', HTTPS_PROXY: 'http://b:2' })?.HTTPS_PROXY, 'http://a:1/');
    assert.equal(from({ HTTPS_PROXY: 'http://b:2', NO_PROXY: 'x', no_proxy: 'y' })?.NO_PROXY, 'y');
  });

  test('that is none is refused, and nothing secret repeated', () => {
    for (const url of ['http://me:secret@proxy:99999', 'socks5://me:secret@proxy:1', 'http://me:secret%@p']) {
      assert.throws(
        () => from({ HTTPS_PROXY: url }),
        (error: unknown) => error instanceof TypeError && !inspect(error).includes('secret'),
      );
    }
  });
});

describe('order-status goes through a proxy', () => {
  test('of the environment, with --ca and with --insecure', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const proxy = await connectProxy(t);
    const { CERT_ORDER_STATUS_CA: ca = '', ...login } = home(t).environment(service);
    for (const [variable, option] of [
      ['HTTPS_PROXY', ['--ca', ca]],
      ['https_proxy', ['--insecure']],
    ] as const) {
      const ended = await orderStatus(['status', '1', ...option], {
        ...login,
        [variable]: withLogin(proxy.url),
      });
      assert.equal(ended.code, 0);
    }
    assert.deepEqual(
      proxy.tunnels.map(({ authorization }) => authorization),
      [AUTHORIZATION, AUTHORIZATION],
    );
  });

  test('of --proxy, whatever NO_PROXY says; and through none with --no-proxy or NO_PROXY', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const proxy = await connectProxy(t);
    const environment = { ...home(t).environment(service), HTTPS_PROXY: proxy.url };
    assert.equal((await orderStatus(['status', '1', '--no-proxy'], environment)).code, 0);
    assert.equal((await orderStatus(['status', '1'], { ...environment, NO_PROXY: '127.0.0.1' })).code, 0);
    assert.equal(proxy.tunnels.length, 0);
    const options = ['--proxy', proxy.url];
    const ended = await orderStatus(['status', '1', ...options], {
      ...home(t).environment(service),
      NO_PROXY: '127.0.0.1',
    });
    assert.equal(ended.code, 0);
    assert.equal(proxy.tunnels.length, 1);
  });

  test('that refuses, and says so in a line without its password', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const proxy = await connectProxy(t, '407 Proxy Authentication Required');
    const environment = { ...home(t).environment(service), HTTPS_PROXY: withLogin(proxy.url) };
    const { code, stderr } = await orderStatus(['status', '1'], environment);
    assert.equal(code, 1);
    assert.match(stderr, /^order-status: no connection to .*: the proxy 127\.0\.0\.1:\d+: .* 407 .*\n$/);
    assert.ok(!/p@ss|p%40ss/.test(stderr));
  });

  test('whose URL is none: wrong usage', async () => {
    const { code, stderr } = await orderStatus(
      ['status', '1', '--base-url', 'https://orders.example.com', '--login-name', 'a', '--password-stdin'],
      { HTTPS_PROXY: 'http://me:secret@proxy:99999' },
      'x',
    );
    assert.equal(code, 2);
    assert.match(stderr, /^order-status: HTTPS_PROXY: is no URL of a proxy: give one such as .*\n$/);
  });
});
