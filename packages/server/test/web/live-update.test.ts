/** What a live update leaves alone, and what it says of what has changed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { checkAccessibility, newBrowser, runPages, signIn } from './browsing.ts';
import { largeOrder } from './large-order.ts';

const ORDER = acmeOrder({
  certificates: [acmeCertificate(), acmeCertificate({ certificateID: '5550002', FQDN: 'mail.example.com' })],
});

test('a live update leaves focus, selection, scroll position and unchanged nodes alone, and announces what changed', async (t) => {
  const replaced = acmeOrder({ orderNumber: '1', certificates: [acmeCertificate({ certificateID: '1' })] });
  const order = { ...ORDER, replacesOrderNumber: '1' };
  const service = await runPages(t, { orders: [replaced, order] });
  const page = await (await newBrowser(t, { viewport: { width: 390, height: 500 } })).newPage();
  await signIn(page, service);
  await page.goto(service.at('/orders/7250060'));
  await page.getByText('Live.').waitFor();
  await page.getByRole('link', { name: 'Order 1' }).focus();
  await page.evaluate(`(() => {
    globalThis.steps = [...document.querySelectorAll('.steps li')];
    getSelection().selectAllChildren(document.querySelector('#certificate-5550002 .facts'));
    scrollTo(0, 700);
  })()`);
  const state = () =>
    page.evaluate<{ top: number }>(`({
      focus: document.activeElement.textContent,
      selection: String(getSelection()).slice(0, 3),
      replacedSteps: steps.filter((step) => !step.isConnected).length,
      top: Math.round(document.querySelector('#certificate-5550002').getBoundingClientRect().top),
    })`);
  const untouched = await state();
  assert.deepEqual(untouched, { focus: 'Order 1', selection: 'SSL', replacedSteps: 0, top: untouched.top });
  assert.ok(await page.evaluate<boolean>('scrollY > 300'));

  const changes = page.locator('[data-live-changes]');
  assert.equal(await changes.innerText(), '');
  await service.manage('PATCH /v1/orders/7250060/certificates/5550002', { body: { dcvStatus: 'completed' } });
  await page.getByText('Certificate 2, mail.example.com: Domain control is done.').waitFor();
  assert.deepEqual(await state(), untouched);
  assert.equal(await changes.getAttribute('role'), 'status');

  const all = { caaStatus: 'completed', certificateStatus: 'Issued', serialNumber: '0A' };
  await service.manage('PATCH /v1/orders/7250060/certificates/5550002', { body: all });
  const first = {
    dcvStatus: 'completed',
    caaStatus: 'completed',
    certificateStatus: 'Issued',
    serialNumber: '0B',
  };
  await page.getByText('Certificate 2, mail.example.com: status is Issued.').waitFor();
  await service.manage('PATCH /v1/orders/7250060/certificates/5550001', { body: first });
  await page.getByText('Certificate 1, www.example.com: status is Issued.').waitFor();
  await service.manage('PATCH /v1/orders/7250060', { body: { orderStatus: 'Completed' } });
  await page.getByText('Order 7250060: status is Completed.').waitFor();
  // What is below a certificate that waits for nothing any more has moved up.
  assert.deepEqual({ ...(await state()), top: untouched.top }, untouched);
  await checkAccessibility(page);
});

test('of many changes at once, three are announced, and how many there are besides', async (t) => {
  const service = await runPages(t, { orders: [largeOrder(10)] });
  const page = await (await newBrowser(t)).newPage();
  await signIn(page, service);
  await page.goto(service.at('/orders/7250060'));
  await page.getByText('Live.').waitFor();
  const certificates = Array.from({ length: 10 }, (_, index) =>
    acmeCertificate({
      certificateID: `${index + 1}`,
      FQDN: `host-${index + 1}.example.com`,
      dcvStatus: 'completed',
    }),
  );
  const { json } = await service.manage('GET /v1/orders/7250060');
  const put = await service.manage('PUT /v1/orders/7250060', { body: { ...json, certificates } });
  assert.equal(put.status, 200, put.body);
  await page.getByText('And 7 more.').waitFor();
  const sentences = [1, 2, 3].map((n) => `Certificate ${n}, host-${n}.example.com: Domain control is done.`);
  assert.equal(await page.locator('[data-live-changes]').innerText(), `${sentences.join(' ')} And 7 more.`);
});

test('whatever a part of a page becomes, it is made so, and what the reader has done in it stays', async (t) => {
  const service = await runPages(t);
  const page = await (await newBrowser(t)).newPage();
  await page.goto(service.at('/'));
  await page.evaluate(`import(document.querySelector('script').src.replace('live.js', 'morph.js')).then(({ morph }) => {
    globalThis.becomes = (before, after) => {
      const element = document.createElement('div');
      element.innerHTML = before;
      morph(element, after);
      return element.innerHTML;
    };
    globalThis.morph = morph;
  })`);
  const pairs = fc.sample(fc.tuple(CONTENT, CONTENT), { numRuns: 300, seed: 1 });
  const made = await page.evaluate<string[]>(
    `${JSON.stringify(pairs)}.map(([before, after]) => becomes(before, after))`,
  );
  for (const [index, [before, after]] of pairs.entries()) assert.equal(made[index], after, before);

  const state = await page.evaluate<unknown>(`(() => {
    const main = document.querySelector('main');
    const form = '<details data-key="d"><summary>More</summary><input id="i" name="i"></details><select id="s"><option>a</option><option>b</option></select><button id="x">X</button>';
    main.innerHTML = form;
    const [details, input, select] = ['details', 'input', 'select'].map((name) => main.querySelector(name));
    details.open = true;
    input.value = 'half-fil';
    input.focus();
    input.setSelectionRange(2, 5);
    select.value = 'b';
    morph(main, '<p id="new">New</p>' + form.replace('<option>a', '<option>c</option><option>a').replace('<button id="x">X</button>', ''));
    const hasFocus = document.activeElement === input;
    const selection = [input.selectionStart, input.selectionEnd];
    const kept = [details.isConnected, details.open, input.value, hasFocus, ...selection, select.value];
    morph(main, '<p id="new">New</p>');
    return [...kept, document.activeElement === main, main.innerHTML];
  })()`);
  assert.deepEqual(state, [true, true, 'half-fil', true, 2, 5, 'b', true, '<p id="new">New</p>']);
});

/** HTML as a browser writes it, with and without keys, some of them twice. */
const { content: CONTENT } = fc.letrec<{ content: string; node: string }>((tie) => ({
  content: fc.array(tie('node'), { maxLength: 6 }).map((nodes) => nodes.join('')),
  node: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'html' },
    fc.constantFrom('<hr>', 'text<hr>', '<br class="a">', ' <hr>'),
    fc
      .tuple(
        fc.constantFrom('p', 'div', 'section'),
        fc.constantFrom('', ' id="a"', ' data-key="b"', ' data-key="c"', ' class="d"'),
        tie('content'),
      )
      .filter(([name, , content]) => name !== 'p' || !/<(p|div|section|hr)/.test(content))
      .map(([name, attribute, content]) => `<${name}${attribute}>${content}</${name}>`),
  ),
}));
