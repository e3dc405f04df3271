/** The upstreams: adding and changing them, testing them, and the orders that are followed there. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AdminError } from '../../accounts/admin-error.ts';
import { SecretUnavailable } from '../../secrets/secret-unavailable.ts';
import type { NotFollowed } from '../../upstreams/followed-orders.ts';
import { type Html, html } from '../html.ts';
import { shownCount } from '../labels.ts';
import { type Notice, noticeOfError, noticeView, sentence, UNKNOWN_ACT } from '../notice.ts';
import { formOf, notFoundOrNotYours, paramsOf, queryOf } from '../page-server.ts';
import { queryText } from '../pager.ts';
import {
  type FollowedQuery,
  followedOrders,
  followedStateOf,
  followForm,
  ORDERS_SHOWN,
} from './followed-orders-view.ts';
import { type ConsoleRouteParts, sendConsolePage } from './layout.ts';
import {
  addUpstreamForm,
  NEW_UPSTREAM,
  sentChange,
  sentPassword,
  sentTexts,
  sentUpstream,
  UPSTREAMS_PATH,
  type UpstreamTexts,
  upstreamPath,
} from './upstream-forms.ts';
import { problemView, upstreamActs, upstreamFacts, upstreamFigures, upstreamTable } from './upstream-view.ts';

/** How many of the orders that were refused are named. */
const REFUSED_NAMED = 20;

/** Adds the routes. */
export function upstreamRoutes(
  pages: FastifyInstance,
  { logger, upstreams, requireOperator }: ConsoleRouteParts,
): void {
  const { orders } = upstreams;

  const listPage = async (notice?: Notice, given: UpstreamTexts = NEW_UPSTREAM) => ({
    title: 'Upstreams',
    content: html`<h1>Upstreams</h1>
<p>Services of the API, of a CA or a reseller, where orders are followed with an account there.</p>
${noticeView(notice)}
${upstreamTable(await upstreams.list())}
${addUpstreamForm(given)}`,
  });

  const upstreamPage = async (request: FastifyRequest, name: string, notice?: Notice) => {
    const upstream = await upstreams.get(name).catch(notFound);
    const shown = shownOrders(request);
    const { state, after } = shown;
    const page = { state, after: after === '' ? undefined : after, limit: ORDERS_SHOWN };
    const found = await orders.list(name, page).catch(notFound);
    const path = upstreamPath(name);
    const action = path + queryText({ state: state ?? '', after });
    const site = { path, action, owner: upstream.account };
    const isRefused = notice?.kind === 'bad';
    const { act, numbers, account } = formOf(request, 'act', 'numbers', 'account');
    const followed = isRefused && act === 'follow' ? { numbers, account } : { numbers: '', account: '' };
    const changed = isRefused && act === 'change' ? sentTexts(request) : undefined;
    return {
      title: `Upstream ${name}`,
      content: html`<p><a href="${UPSTREAMS_PATH}">Upstreams</a></p>
<h1>${name}</h1>
${noticeView(notice)}
${problemView(upstream)}
${upstreamFigures(upstream)}
${upstreamFacts(upstream)}
${upstreamActs(upstream, changed)}
<section id="orders" aria-labelledby="orders-heading"><h2 id="orders-heading">Followed orders</h2>
<details class="card" ${followed.numbers === '' ? '' : html`open`}><summary>Follow further orders</summary>${followForm(site, followed)}</details>
${followedOrders(site, shown, found)}
</section>`,
    };
  };

  pages.get(UPSTREAMS_PATH, async (request, reply) => {
    const owner = await requireOperator(request);
    return sendConsolePage(reply, owner, UPSTREAMS_PATH, await listPage());
  });

  pages.post(UPSTREAMS_PATH, async (request, reply) => {
    const owner = await requireOperator(request);
    const { act, name } = formOf(request, 'act', 'name');
    const work = act === 'add' ? add(request, name) : act === 'remove' ? remove(name) : unknownAct();
    const notice = await work.catch(noticeOf);
    if (notice.kind === 'good') logger.info({ token: owner.name, act, upstream: name }, CHANGED);
    const given = notice.kind === 'bad' && act === 'add' ? sentTexts(request) : NEW_UPSTREAM;
    return sendConsolePage(reply, owner, UPSTREAMS_PATH, await listPage(notice, given), statusOf(notice));
  });

  pages.get(`${UPSTREAMS_PATH}/:name`, async (request, reply) => {
    const owner = await requireOperator(request);
    const { name } = paramsOf(request, 'name');
    return sendConsolePage(reply, owner, UPSTREAMS_PATH, await upstreamPage(request, name));
  });

  pages.post(`${UPSTREAMS_PATH}/:name`, async (request, reply) => {
    const owner = await requireOperator(request);
    const { name } = paramsOf(request, 'name');
    await upstreams.get(name).catch(notFound);
    const { act } = formOf(request, 'act');
    const notice = await change(request, name, act).catch(noticeOf);
    if (notice.kind === 'good') logger.info({ token: owner.name, act, upstream: name }, CHANGED);
    const page = await upstreamPage(request, name, notice);
    return sendConsolePage(reply, owner, UPSTREAMS_PATH, page, statusOf(notice));
  });

  async function add(request: FastifyRequest, name: string): Promise<Notice> {
    await upstreams.add(name, sentUpstream(request), sentPassword(request));
    return {
      kind: 'good',
      text: `Upstream ${name} is added.`,
      lines: [html`<a href="${upstreamPath(name)}">Test it, and follow orders</a>`],
    };
  }

  async function remove(name: string): Promise<Notice> {
    const followed = await upstreams.remove(name);
    return good(`Upstream ${name} is removed; ${orderCount(followed)} are not followed any more.`);
  }

  async function change(request: FastifyRequest, name: string, act: string): Promise<Notice> {
    const { orderNumber, numbers, account } = formOf(request, 'orderNumber', 'numbers', 'account');
    const number = orderNumber.trim();
    switch (act) {
      case 'change':
        await upstreams.change(name, sentChange(request));
        return good('The upstream is changed. Requests go on with what was chosen.');
      case 'password':
        await upstreams.change(name, { loginPassword: sentPassword(request) });
        return good('The password is set. Requests go on with it.');
      case 'pause':
        await upstreams.pause(name);
        return good('The upstream is paused. It is not asked until you resume it.');
      case 'resume':
        await upstreams.resume(name);
        return good('The upstream is asked again.');
      case 'test': {
        const { isWorking, findings } = await upstreams.test(name, number === '' ? undefined : number);
        const text = isWorking ? 'The upstream works. What came back:' : 'The upstream does not work:';
        return { kind: isWorking ? 'good' : 'bad', text, lines: findings.map(sentence) };
      }
      case 'follow': {
        const named = numbers.split(/[\s,;]+/).filter((each) => each !== '');
        const { followed, refused } = await orders.follow(name, account || undefined, named);
        return followedNotice(followed, refused);
      }
      case 'unfollow':
        await orders.unfollow(name, [number]);
        return good(`Order ${number} is not followed any more. It stays as it was last known.`);
      case 'refresh':
        await orders.refresh(name, [number]);
        return good(`Order ${number} is asked for next, within the budget.`);
      default:
        return UNKNOWN_ACT;
    }
  }

  function noticeOf(error: unknown): Notice {
    if (!(error instanceof SecretUnavailable)) return noticeOfError(error);
    logger.error({ err: error }, 'the password of an upstream could not be stored');
    return { kind: 'bad', text: `The password cannot be stored now: ${error.message}.` };
  }
}

const CHANGED = 'an upstream was changed';

async function unknownAct(): Promise<Notice> {
  return UNKNOWN_ACT;
}

function shownOrders(request: FastifyRequest): FollowedQuery {
  const { state, after } = queryOf(request, 'state', 'after');
  return { state: followedStateOf(state), after: /^[0-9]{1,18}$/.test(after) ? after : '' };
}

function followedNotice(followed: number, refused: readonly NotFollowed[]): Notice {
  const text = `${orderCount(followed)} ${followed === 1 ? 'is' : 'are'} followed.`;
  if (refused.length === 0) return good(text);
  const more = refused.length - REFUSED_NAMED;
  const lines: (string | Html)[] = refused.slice(0, REFUSED_NAMED).map(({ message }) => sentence(message));
  return {
    kind: 'bad',
    text: `${text} ${orderCount(refused.length)} ${refused.length === 1 ? 'is' : 'are'} not:`,
    lines: more > 0 ? [...lines, `And ${shownCount(more)} more.`] : lines,
  };
}

function orderCount(orders: number): string {
  return orders === 1 ? '1 order' : `${shownCount(orders)} orders`;
}

function notFound(error: unknown): never {
  throw error instanceof AdminError && error.kind === 'not-found' ? notFoundOrNotYours() : error;
}

function good(text: string): Notice {
  return { kind: 'good', text };
}

function statusOf({ kind }: Notice): number {
  return kind === 'good' ? 200 : 422;
}
