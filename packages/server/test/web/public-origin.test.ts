/** Which host links, redirects and origin checks have, behind a proxy and without one. */

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { ServiceSettings } from '../../src/server/service.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { ACME, sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { pageClient } from './page-client.ts';

const PROXIED = { trustProxy: ['127.0.0.1'] };
const NAMING = {
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'x.example',
  Forwarded: 'for=192.0.2.7;host=evil.example, proto=https;host="f.example:8443"',
};

/** Which hosts the service puts into a link and a redirect, and which origin it takes a form from. */
async function originsWith(t: TestContext, settings: Partial<ServiceSettings>, headers: OutgoingHttpHeaders) {
  const service = await runManagedService(t, {
    orders: [acmeOrder()],
    settings: { pages: true, ...settings },
  });
  const own = `https://127.0.0.1:${service.port}`;
  const named = (origin: string | undefined) => (origin === own ? 'own' : origin);
  const client = pageClient(service);
  await client.signIn(ACME, headers);
  const { body } = await client.post('/orders/7250060/links', { days: '7' }, headers);
  const [, link] = /(https:\/\/[^/]+)\/s\//.exec(body) ?? assert.fail(body);
  const plain = await sendRequest({
    scheme: 'http',
    port: service.port,
    method: 'GET',
    path: '/a?b',
    headers: {
      ...headers,
      'X-Forwarded-Proto': 'http',
      Forwarded: String(headers['Forwarded'] ?? '').replace('https', 'http'),
    },
    body: '',
  });
  const location = String(plain.headers['location']);
  assert.ok(location.endsWith('/a?b'), location);
  const accepted: (string | undefined)[] = [];
  for (const origin of [
    own,
    'https://x.example',
    'https://f.example:8443',
    'https://orders.example',
    'https://evil.example',
  ]) {
    const { status } = await sendRequest({
      scheme: 'https',
      port: service.port,
      method: 'POST',
      path: '/sign-in',
      headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin },
      body: new URLSearchParams(ACME).toString(),
    });
    if (status !== 403) accepted.push(named(origin));
  }
  return { link: named(link), redirect: named(location.slice(0, -'/a?b'.length)), accepted };
}

const all = (origin: string) => ({ link: origin, redirect: origin, accepted: [origin] });

for (const [what, settings, expected] of [
  ['without settings: of the request', {}, all('own')],
  ['behind a proxy: of the request', PROXIED, all('own')],
  [
    'behind a proxy that is believed: of X-Forwarded-Host',
    { ...PROXIED, trustForwardedHost: true },
    all('https://x.example'),
  ],
  [
    'behind a proxy that is believed in Forwarded: of its last element',
    { ...PROXIED, trustForwardedHost: true, forwardedHeaders: 'forwarded' },
    all('https://f.example:8443'),
  ],
  [
    'behind another proxy: of the request',
    { trustProxy: ['10.0.0.1'], trustForwardedHost: true },
    all('own'),
  ],
  [
    'with a public URL: of that',
    { ...PROXIED, trustForwardedHost: true, publicUrl: 'https://orders.example' },
    all('https://orders.example'),
  ],
] as const) {
  test(`the host of links, redirects and origin checks, ${what}`, async (t) => {
    assert.deepEqual(await originsWith(t, settings, NAMING), expected);
  });
}

test('a forwarded host that is none is passed over', async (t) => {
  for (const host of ['evil.example/path', 'a b', '', '"x"', 'user@evil.example', 'a,']) {
    const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': host };
    const found = await originsWith(t, { ...PROXIED, trustForwardedHost: true }, headers);
    assert.equal(found.link, 'own', host);
  }
});
