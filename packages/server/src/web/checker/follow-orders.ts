/** Following further orders: for accounts that an upstream belongs to. */

import { canonicalNumber, ORDER_NUMBER_DIGITS } from '@cert-order-status/protocol';
import type { FastifyInstance } from 'fastify';
import { CUSTOMER_NUMBERS_LIMIT } from '../../upstreams/followed-order-admin.ts';
import { type Html, html } from '../html.ts';
import { type Notice, noticeOfError, noticeView } from '../notice.ts';
import { formOf, notFoundOrNotYours } from '../page-server.ts';
import { type AccountOwner, type CheckerRouteParts, sendAccountPage } from './layout.ts';
import { orderPath } from './order-page.ts';

const PATH = '/follow';
/** How many characters of order numbers a form takes: so many numbers of 18 digits, and twice as much between them. */
const NUMBERS_LENGTH = CUSTOMER_NUMBERS_LIMIT * (18 + 2);

/** Adds the routes. */
export function followRoutes(
  pages: FastifyInstance,
  { followedOrders, logger, requireAccount }: CheckerRouteParts,
): void {
  const page = (notice?: Notice, given = '') => ({
    title: 'Follow orders',
    content: html`<h1>Follow orders</h1>
<p>The orders are asked for at the certificate authority, and stay up to date here.</p>
${noticeView(notice)}
<div class="card">${followForm(given)}</div>`,
  });
  const requireOpen = async ({ loginName }: AccountOwner) => {
    if (!(await followedOrders.isOpenTo(loginName))) throw notFoundOrNotYours();
  };

  pages.get(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    await requireOpen(owner);
    return sendAccountPage(reply, owner, '', page());
  });

  pages.post(PATH, async (request, reply) => {
    const owner = await requireAccount(request);
    await requireOpen(owner);
    const { numbers } = formOf(request, 'numbers');
    const given = numbers.split(/[\s,;]+/).filter((each) => each !== '');
    const named = [...new Set(given.map((each) => canonicalNumber(each, ORDER_NUMBER_DIGITS) ?? each))];
    const notice = await follow(owner, named).catch(noticeOfError);
    const isGood = notice.kind === 'good';
    return sendAccountPage(reply, owner, '', page(notice, isGood ? '' : numbers), isGood ? 200 : 422);
  });

  async function follow(owner: AccountOwner, named: readonly string[]): Promise<Notice> {
    const { accountID, loginName } = owner;
    const { named: count, fedHere } = await followedOrders.followForCustomer(owner, named);
    logger.info({ account: loginName, accountID, orders: count }, 'a customer named orders to follow');
    const fed = new Set(fedHere);
    return {
      kind: 'good',
      text: 'Each of these orders is shown as soon as the certificate authority has answered for it.',
      lines: named.map((number) => {
        const link = html`<a href="${orderPath(number)}">Order ${number}</a>`;
        return fed.has(number)
          ? html`${link} is kept up to date here already, so it is not asked for.`
          : link;
      }),
    };
  }
}

/** The form, which may stand on other pages. */
export function followForm(given = ''): Html {
  return html`<form class="stacked" method="post" action="${PATH}">
<label>Order numbers, with spaces or lines between, at most ${CUSTOMER_NUMBERS_LIMIT} at a time<textarea name="numbers" rows="3" required maxlength="${NUMBERS_LENGTH}" inputmode="numeric" spellcheck="false" autocomplete="off">${given}</textarea></label>
<button class="secondary">Follow</button>
</form>`;
}
