import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderRecord } from '@cert-order-status/protocol';
import { acmeCertificate } from '../sample-orders.ts';
import { newBrowser, runPages, signIn, signInToConsole } from './browsing.ts';

/** What would run, or leave its place, if it were not shown as the text that it is. */
const ATTACKS = [
  '<script>document.title="owned"</script>',
  '"><img src=x onerror=document.title="owned">',
  "'onmouseover='document.title=1",
  '</select></title><svg onload=document.title="owned">',
  '{{7*7}}$'.concat('{7*7}<!--'),
  '&lt;b&gt;&amp;',
];
const ACCOUNT = '<i>"acme\'s"</i>&';

function hostile(attack: string, index: number): OrderRecord {
  return {
    account: ACCOUNT,
    orderNumber: String(100 + index),
    orderDateTime: '2026-06-11T11:57:00Z',
    orderStatus: 'Rejected',
    orderStatusReason: `order ${attack}`,
    ...(index > 0 && { replacesOrderNumber: String(99 + index) }),
    suggestedOrgDetails: {
      status: 'Found',
      organizations: [
        {
          organizationName: `name ${attack}`,
          streetAddress: `street ${attack}`,
          localityName: `town ${attack}`,
          stateOrProvinceName: `state ${attack}`,
          postalCode: `code ${attack}`,
          countryName: 'GB',
          dunsNumber: `duns ${attack}`,
          telephoneNumber: `phone ${attack}`,
        },
      ],
    },
    certificates: [
      acmeCertificate({
        certificateID: String(500 + index),
        objectType: `type ${attack}`,
        FQDN: `fqdn ${attack}`,
        certificateStatus: 'Rejected',
        certificateStatusReason: `certificate ${attack}`,
      }),
    ],
  };
}

const FIELDS = [
  'order',
  'name',
  'street',
  'town',
  'state',
  'code',
  'duns',
  'phone',
  'type',
  'fqdn',
  'certificate',
];

test('what tries to be markup or script is shown as text, in every field and on every page', async (t) => {
  const orders = ATTACKS.map(hostile);
  const service = await runPages(t, { orders, accounts: [ACCOUNT] });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service, { loginName: ACCOUNT, loginPassword: 'correct horse' });
  const admin = await (await newBrowser(t)).newPage();
  await signInToConsole(admin, service);
  assert.equal(await page.locator('.who').innerText(), ACCOUNT);
  for (const [index, attack] of ATTACKS.entries()) {
    const patch = { orderStatusReason: `changed ${attack}` };
    const changed = await service.manage(`PATCH /v1/orders/${100 + index}`, { body: patch });
    assert.equal(changed.status, 200, changed.body);
    await page.goto(service.at(`/orders/${100 + index}`));
    await page.getByText('Live.').waitFor();
    await admin.goto(service.console(`/orders/${100 + index}`));
    for (const shown of [page, admin]) {
      const text = await shown.locator('main').innerText();
      for (const field of FIELDS.slice(1))
        assert.ok(text.includes(`${field} ${attack}`), `${field} ${attack}`);
      assert.ok(text.includes(`changed ${attack}`));
      assert.equal(await shown.title(), `Order ${100 + index}`);
      assert.equal(
        await shown
          .locator('main script, main img, main [onerror], main [onmouseover], main [onload]')
          .count(),
        0,
      );
    }
    assert.ok((await admin.locator('main').innerText()).includes(`order ${attack}`));
  }
  for (const path of [
    '/orders',
    '/accounts',
    `/orders?account=${encodeURIComponent(ACCOUNT)}&name=${encodeURIComponent(ATTACKS[1] as string)}`,
  ]) {
    await admin.goto(service.console(path));
    assert.equal(await admin.locator('main img, main script').count(), 0);
  }
  await admin.goto(service.console('/accounts'));
  assert.ok((await admin.locator('main').innerText()).includes(ACCOUNT));
  await page.goto(service.at(`/?name=${encodeURIComponent(ATTACKS[1] as string)}`));
  assert.equal(await page.getByLabel('Domain name begins with').inputValue(), ATTACKS[1]);
});
