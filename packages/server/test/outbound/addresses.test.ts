/** Which addresses requests go to: names are resolved here, checked, and pinned. */

import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { assertFails, testClient } from './clients.ts';
import { type DnsServer, dnsServer } from './dns-server.ts';
import { HOST, httpsServer, testProxy } from './targets.ts';

const PUBLIC = ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'] as const;

describe('outbound addresses', () => {
  const endings: (() => unknown)[] = [];
  const ending = { after: (end?: () => unknown) => void (end && endings.push(end)) } as Parameters<
    typeof dnsServer
  >[0];
  let dns: DnsServer;
  let target: Awaited<ReturnType<typeof httpsServer>>;
  const hosts: string[] = [];

  before(async () => {
    dns = await dnsServer(ending);
    target = await httpsServer(ending, (request, response) => {
      hosts.push(request.headers.host ?? '');
      response.end('here');
    });
  });
  after(async () => {
    for (const end of endings.toReversed()) await end();
  });

  test("a customer's host is resolved here, and the connection goes to the address, not the name", async (t) => {
    const proxy = await testProxy(t, target.port);
    const client = await testClient(t, { dns: dns.address, proxy });
    dns.records.set(HOST, PUBLIC);
    const response = await client.request({ url: `https://${HOST}/`, isOperators: false });
    assert.equal(response.body.toString(), 'here');
    assert.deepEqual(proxy.tunnels, [{ target: `${PUBLIC[0]}:443`, authorization: undefined }]);
    assert.equal(hosts.at(-1), HOST);
  });

  test('an IPv6 address is written in brackets for the proxy', async (t) => {
    const proxy = await testProxy(t, target.port);
    const client = await testClient(t, { dns: dns.address, proxy });
    dns.records.set(HOST, [PUBLIC[1]]);
    await client.request({ url: `https://${HOST}:8443/`, isOperators: false });
    assert.deepEqual(
      proxy.tunnels.map((tunnel) => tunnel.target),
      [`[${PUBLIC[1]}]:8443`],
    );
    assert.equal(hosts.at(-1), `${HOST}:8443`);
  });

  const INTERNAL = [
    ...[
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.100.100.200',
      '0.0.0.0',
    ],
    ...[
      '::1',
      'fd00:ec2::254',
      'fe80::1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
      '2002:7f00:1::',
      '::127.0.0.1',
    ],
  ];
  test("a customer's host with one internal address among public ones is refused, and nothing is connected to", async (t) => {
    const proxy = await testProxy(t, target.port);
    const client = await testClient(t, { dns: dns.address, proxy });
    for (const internal of INTERNAL) {
      for (const addresses of [[internal], [...PUBLIC, internal], [internal, ...PUBLIC]]) {
        dns.records.set(HOST, addresses);
        const url = `https://${HOST}/`;
        const error = await assertFails(client.request({ url, isOperators: false }), 'address-not-allowed');
        await assertFails(client.checkUrl(url, { isOperators: false }), 'address-not-allowed');
        assert.equal(error.customerReason, 'no-public-address');
      }
    }
    assert.deepEqual(proxy.tunnels, []);
  });

  test('an internal address in a URL is refused in any spelling', async (t) => {
    const proxy = await testProxy(t, target.port);
    const client = await testClient(t, { dns: dns.address, proxy });
    for (const host of [
      '127.0.0.1',
      '0x7f.1',
      '2130706433',
      '0177.1',
      '127.1',
      '１２７.１',
      '0',
      '169.254.169.254',
    ]) {
      await assertFails(
        client.request({ url: `https://${host}/`, isOperators: false }),
        'address-not-allowed',
      );
    }
    for (const host of [
      '::1',
      '::',
      'fe80::1',
      '::ffff:127.0.0.1',
      '::127.0.0.1',
      '64:ff9b::7f00:1',
      'fd00::1',
    ]) {
      await assertFails(
        client.request({ url: `https://[${host}]/`, isOperators: false }),
        'address-not-allowed',
      );
    }
    assert.deepEqual(proxy.tunnels, []);
  });

  test('DNS rebinding: a name that was public when it was checked is checked again for the connection', async (t) => {
    const client = await testClient(t, { dns: dns.address });
    dns.records.set('rebinding.example', () =>
      dns.queries.length % 2 === 1 ? PUBLIC.slice(0, 1) : ['127.0.0.1'],
    );
    dns.queries.length = 0;
    const url = `https://rebinding.example:${target.port}/`;
    assert.equal(await client.checkUrl(url, { isOperators: false }), url);
    const before = target.connections();
    await assertFails(client.request({ url, isOperators: false }), 'address-not-allowed');
    assert.equal(dns.queries.length, 2);
    assert.equal(target.connections(), before);
  });

  test('DNS rebinding: a name is resolved once for a connection, which goes to the addresses of that time', async (t) => {
    const proxy = await testProxy(t, target.port);
    const client = await testClient(t, { dns: dns.address, proxy });
    dns.queries.length = 0;
    dns.records.set(HOST, () => (dns.queries.length === 1 ? PUBLIC.slice(0, 1) : ['127.0.0.1']));
    await client.request({ url: `https://${HOST}/`, isOperators: false });
    // The connection is used again: it is to an address that was checked.
    await client.request({ url: `https://${HOST}/`, isOperators: false });
    assert.deepEqual(dns.queries, [HOST]);
    assert.equal(proxy.tunnels.length, 1);
  });

  test("the operator's URLs may lead to the allowed networks, and to no other internal ones", async (t) => {
    const client = await testClient(t, { dns: dns.address, allowNetworks: ['127.0.0.1/32'] });
    dns.records.set(HOST, ['127.0.0.1']);
    const url = `https://${HOST}:${target.port}/`;
    assert.equal((await client.request({ url, isOperators: true })).status, 200);
    assert.equal(
      (await client.request({ url: `https://127.0.0.1:${target.port}/`, isOperators: true })).status,
      200,
    );
    await assertFails(client.request({ url, isOperators: false }), 'address-not-allowed');
    for (const addresses of [['127.0.0.2'], ['127.0.0.1', '10.0.0.1'], ['::1'], ['169.254.169.254']]) {
      dns.records.set('other.example', addresses);
      await assertFails(
        client.request({ url: 'https://other.example/', isOperators: true }),
        'address-not-allowed',
      );
    }
  });

  test('a connection to an allowed network is not used for a customer', async (t) => {
    const client = await testClient(t, { dns: dns.address });
    dns.records.set(HOST, ['127.0.0.1']);
    const url = `https://${HOST}:${target.port}/`;
    await client.request({ url, isOperators: true });
    await assertFails(client.request({ url, isOperators: false }), 'address-not-allowed');
  });

  test("the service's own ports are refused on every address of the machine, to the operator, too", async (t) => {
    const client = await testClient(t, {
      dns: dns.address,
      ownPorts: [target.port],
      allowNetworks: ['0.0.0.0/0', '::/0'],
      publicUrl: 'https://orders.example:8443',
    });
    const own = Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address));
    assert.ok(own.length > 0);
    for (const address of [...own, '127.0.0.2', '0.0.0.0', '::', '::ffff:127.0.0.1']) {
      dns.records.set(HOST, [address.replace(/%.*/, '')]);
      await assertFails(
        client.request({ url: `https://${HOST}:${target.port}/`, isOperators: true }),
        'own-listener',
      );
    }
    const url = 'https://Orders.example.:8443/hook';
    const error = await assertFails(client.checkUrl(url, { isOperators: false }), 'own-listener');
    assert.equal(error.customerReason, 'no-public-address');
    await assertFails(client.request({ url, isOperators: true }), 'own-listener');
  });

  test('a customer cannot tell an internal name from one that does not exist', async (t) => {
    const client = await testClient(t, { dns: dns.address });
    dns.records.set('internal.example', ['10.0.0.1']);
    const errors = await Promise.all([
      assertFails(
        client.request({ url: 'https://internal.example/', isOperators: false }),
        'address-not-allowed',
      ),
      assertFails(client.request({ url: 'https://none.example/', isOperators: false }), 'name-not-resolved'),
    ]);
    assert.deepEqual(new Set(errors.map((error) => error.customerReason)), new Set(['no-public-address']));
    assert.equal(new Set(errors.map((error) => error.customerMessage)).size, 1);
    assert.doesNotMatch(errors[0].customerMessage, /10\.0\.0\.1/);
    assert.match(errors[0].message, /10\.0\.0\.1/);
  });

  test('the first address that accepts a connection is used, whatever the family of the others', async (t) => {
    const client = await testClient(t, { dns: dns.address, allowNetworks: ['127.0.0.0/8', '::1'] });
    dns.records.set(HOST, ['127.0.0.2', '127.0.0.1', '::1']);
    const response = await client.request({ url: `https://${HOST}:${target.port}/`, isOperators: true });
    assert.equal(response.status, 200);
  });
});
