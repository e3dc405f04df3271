/** The pages with the webhook endpoints of an account, once for customers and operators. */

import { CHANGE_EVENT_TYPES } from '@cert-order-status/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AdminError } from '../accounts/admin-error.ts';
import { SecretUnavailable } from '../secrets/secret-unavailable.ts';
import { ENDPOINTS_LIMIT, type EndpointCreator } from '../webhooks/endpoint.ts';
import { canChangeUrl, type Owner, type WebhookAdmin } from '../webhooks/webhook-admin.ts';
import { type Html, html } from './html.ts';
import { shownCount } from './labels.ts';
import { type Notice, noticeOfError, noticeView, UNKNOWN_ACT } from './notice.ts';
import { formOf, notFoundOrNotYours, paramsOf, queryOf } from './page-server.ts';
import { pageLinks, queryText } from './pager.ts';
import { deliveryLog } from './webhook-log-view.ts';
import {
  addEndpointForm,
  endpointActs,
  endpointFacts,
  endpointTable,
  type GivenEndpoint,
  type WebhookForms,
} from './webhook-view.ts';

const EVENTS_SHOWN = 25;
/** What a field of a date and time sends. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/;

/** Where the pages are, and for whom. */
export interface WebhookSite {
  readonly path: string;
  readonly viewer: EndpointCreator;
  readonly introduction: Html;
  readonly logger: Logger;
  readonly webhooks: WebhookAdmin;
  /** What the list of an account's endpoints is called. */
  titleOf(loginName: string): string;
  formsOf(loginName: string): WebhookForms;
  /** @throws the page that says "not found, or not yours" without a session. */
  visitorOf(request: FastifyRequest): Promise<WebhookVisitor>;
}

/** Who is signed in. */
interface WebhookVisitor {
  readonly owner: Owner;
  /** The account whose endpoints the list shows. */
  readonly loginName: string;
  /** Whom the service's log names. */
  readonly author: Readonly<Record<string, string | undefined>>;
  send(
    reply: FastifyReply,
    page: { readonly title: string; readonly content: Html },
    status: number,
  ): FastifyReply;
  /** Why the password that a form sent is not enough; undefined when it is, or none is needed. */
  passwordProblem(request: FastifyRequest): Promise<Notice | undefined>;
}

/** Adds the routes: the list of an account's endpoints, and the page of each. */
export function webhookRoutes(pages: FastifyInstance, site: WebhookSite): void {
  const { path, viewer, logger, webhooks } = site;

  const listPage = async ({ loginName }: WebhookVisitor, notice?: Notice, given?: GivenEndpoint) => {
    const title = site.titleOf(loginName);
    const forms = site.formsOf(loginName);
    const { items } = await webhooks.list({ loginName, limit: ENDPOINTS_LIMIT }).catch(notFound);
    const content = html`<h1>${title}</h1>
<p>${site.introduction}</p>
${noticeView(notice)}
${endpointTable(items, forms)}
${addEndpointForm(forms, notice?.kind === 'bad' ? given : undefined)}`;
    return { title, content };
  };

  const endpointPage = async (
    { owner }: WebhookVisitor,
    endpointID: string,
    { before, notice }: { readonly before?: string; readonly notice?: Notice },
  ) => {
    const endpoint = await webhooks.get(endpointID, owner).catch(notFound);
    const forms = site.formsOf(endpoint.account);
    const own = forms.endpointPath(endpointID);
    const range = { before, limit: EVENTS_SHOWN };
    const { items, next } = await webhooks.events(endpointID, range, viewer, owner);
    const title = site.titleOf(endpoint.account);
    const content = html`<p><a href="${forms.listPath}">${title}</a></p>
<h1>Endpoint</h1>
${noticeView(notice)}
${endpointFacts(endpoint)}
${endpointActs(endpoint, forms, canChangeUrl(endpoint, owner))}
<h2>Delivery log</h2>
${deliveryLog(items, own, forms)}
${pageLinks('Pages of the log', [
  ...(before === undefined ? [] : [{ text: 'Latest events', href: own }]),
  ...(next === undefined ? [] : [{ text: 'Earlier events', href: own + queryText({ before: next }) }]),
])}`;
    return { title: `Endpoint: ${title}`, content };
  };

  pages.get(path, async (request, reply) => {
    const visitor = await site.visitorOf(request);
    return visitor.send(reply, await listPage(visitor), 200);
  });

  pages.post(path, async (request, reply) => {
    const visitor = await site.visitorOf(request);
    const { act, endpointID } = formOf(request, 'act', 'endpointID');
    const given = givenEndpoint(request);
    const work = act === 'create' ? create(request, visitor, given) : remove(act, endpointID, visitor);
    const notice = await work.catch(noticeOf);
    return visitor.send(reply, await listPage(visitor, notice, given), statusOf(notice));
  });

  pages.get(`${path}/:endpointID`, async (request, reply) => {
    const visitor = await site.visitorOf(request);
    const { endpointID } = paramsOf(request, 'endpointID');
    const { before } = queryOf(request, 'before');
    const page = await endpointPage(visitor, endpointID, before === '' ? {} : { before });
    return visitor.send(reply, page, 200);
  });

  pages.post(`${path}/:endpointID`, async (request, reply) => {
    const visitor = await site.visitorOf(request);
    const { endpointID } = paramsOf(request, 'endpointID');
    await webhooks.get(endpointID, visitor.owner).catch(notFound);
    const notice = await act(request, visitor, endpointID).catch(noticeOf);
    if (notice.kind === 'good') logChange(visitor, formOf(request, 'act').act, endpointID);
    return visitor.send(reply, await endpointPage(visitor, endpointID, { notice }), statusOf(notice));
  });

  /** An endpoint outlasts the session and a change of the password, so that a session is not enough to add one. */
  async function create(
    request: FastifyRequest,
    visitor: WebhookVisitor,
    { url, description, eventTypes }: GivenEndpoint,
  ): Promise<Notice> {
    const problem = await visitor.passwordProblem(request);
    if (problem !== undefined) return problem;
    const choice = {
      url,
      description: description === '' ? undefined : description,
      eventTypes: eventTypes.length === 0 ? undefined : eventTypes,
    };
    const { endpoint, secret } = await webhooks.add(visitor.loginName, choice, viewer);
    logChange(visitor, 'create', endpoint.endpointID);
    return { kind: 'good', text: 'The endpoint is added.', secret: shownSecret(secret) };
  }

  async function remove(act: string, endpointID: string, visitor: WebhookVisitor): Promise<Notice> {
    if (act !== 'remove') return UNKNOWN_ACT;
    await webhooks.remove(endpointID, visitor.owner);
    logChange(visitor, act, endpointID);
    return good('The endpoint is deleted.');
  }

  async function act(request: FastifyRequest, visitor: WebhookVisitor, endpointID: string): Promise<Notice> {
    const { owner } = visitor;
    const form = formOf(request, 'act', 'eventID', 'since');
    switch (form.act) {
      case 'change':
        return change(request, visitor, endpointID);
      case 'pause':
        await webhooks.pause(endpointID, owner);
        return good('The endpoint is paused. Events wait for it, for 30 days at most.');
      case 'resume':
        await webhooks.resume(endpointID, owner);
        return good('The endpoint is active again.');
      case 'test':
        await webhooks.test(endpointID, owner);
        return good('A test is under way. Load the page again to see in the log what becomes of it.');
      case 'rotate': {
        const problem = await visitor.passwordProblem(request);
        if (problem !== undefined) return problem;
        const secret = shownSecret(await webhooks.rotate(endpointID, owner));
        return { kind: 'good', text: 'The endpoint has a new secret.', secret };
      }
      case 'resend':
        return (await webhooks.resend(endpointID, form.eventID, owner))
          ? good('The event is sent again.')
          : { kind: 'bad', text: 'The event waits to be sent already.' };
      case 'replay': {
        const sinceMs = MOMENT.test(form.since) ? Date.parse(`${form.since}Z`) : Number.NaN;
        const events = await webhooks.replay(endpointID, sinceMs, owner);
        return good(events === 1 ? '1 event is sent again.' : `${shownCount(events)} events are sent again.`);
      }
      default:
        return UNKNOWN_ACT;
    }
  }

  async function change(
    request: FastifyRequest,
    visitor: WebhookVisitor,
    endpointID: string,
  ): Promise<Notice> {
    const { url, description, eventTypes } = givenEndpoint(request);
    const { owner } = visitor;
    const before = await webhooks.get(endpointID, owner);
    const changed = url === '' || url === before.url ? undefined : url;
    const problem = changed === undefined ? undefined : await visitor.passwordProblem(request);
    if (problem !== undefined) return problem;
    await webhooks.change(
      endpointID,
      {
        url: changed,
        description: description === '' ? null : description,
        eventTypes: eventTypes.length === 0 ? null : eventTypes,
      },
      owner,
    );
    return good('The endpoint is changed.');
  }

  /** Not the URL: it may contain a secret of its owner. */
  function logChange({ author }: WebhookVisitor, act: string, endpointID: string): void {
    logger.info({ ...author, act, endpointID }, 'a webhook endpoint was changed');
  }

  function noticeOf(error: unknown): Notice {
    if (!(error instanceof SecretUnavailable)) return noticeOfError(error);
    logger.error({ err: error }, 'no secret of a webhook endpoint could be stored');
    const reason = viewer === 'operator' ? error.message : 'tell those who run the service';
    return { kind: 'bad', text: `No secret can be made now: ${reason}.` };
  }
}

function givenEndpoint(request: FastifyRequest): GivenEndpoint {
  const { url, description } = formOf(request, 'url', 'description');
  const boxes = formOf(request, ...CHANGE_EVENT_TYPES);
  return { url, description, eventTypes: CHANGE_EVENT_TYPES.filter((type) => boxes[type] !== '') };
}

function notFound(error: unknown): never {
  throw error instanceof AdminError && error.kind === 'not-found' ? notFoundOrNotYours() : error;
}

function shownSecret(value: string): Notice['secret'] {
  return { name: 'Its secret, which is not shown again', value };
}

function good(text: string): Notice {
  return { kind: 'good', text };
}

function statusOf({ kind }: Notice): number {
  return kind === 'good' ? 200 : 422;
}
