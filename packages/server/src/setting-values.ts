/** The values of settings, made of their texts. */

import {
  API_REVISIONS,
  type ServedRevision,
  SUGGESTED_ORG_DETAILS_FORMS,
  type SuggestedOrgDetailsForm,
} from '@cert-order-status/protocol';
import { FORWARDED_HEADERS, type ForwardedHeaders } from './http/forwarding-headers.ts';
import { networkProblem } from './http/networks.ts';
import { databaseProblem } from './store/open-store.ts';
import { WEBHOOK_RATE } from './webhooks/request-rate.ts';

/** Why a text is no value for a setting. */
export class SettingProblem extends Error {}

export function parseDatabase(text: string): string {
  const problem = databaseProblem(text);
  if (problem !== undefined) throw new SettingProblem(problem);
  return text;
}

export function notEmpty(text: string): string {
  if (text === '') throw new SettingProblem('must not be empty');
  return text;
}

export function parsePort(text: string): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new SettingProblem('must be a port, 1 to 65535 (0 takes a free one)');
}

export function parseWorkers(text: string): number {
  if (/^[1-9][0-9]{0,2}$/.test(text)) return Number(text);
  throw new SettingProblem('must be a number of processes, 1 to 999');
}

export function parseCount(text: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text);
  throw new SettingProblem('must be a whole number, 1 to 9999999');
}

/** `--webhook-rate`. */
export const WEBHOOK_RATE_SETTING = {
  name: 'webhook-rate',
  placeholder: 'N',
  description: 'the most requests a second to one webhook endpoint; 0: this node sends none',
  parse(text: string): number {
    if (/^[0-9]{1,4}$/.test(text) && Number(text) <= 1000) return Number(text);
    throw new SettingProblem('must be a whole number, 0 to 1000');
  },
  default: WEBHOOK_RATE,
};

export function parseSeconds(text: string): number {
  if (/^[0-9]{1,4}$/.test(text)) return Number(text);
  throw new SettingProblem('must be a number of seconds, 0 to 9999');
}

export function parsePositiveSeconds(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text);
  throw new SettingProblem('must be a number of seconds, 1 to 9999');
}

export function parseDays(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text);
  throw new SettingProblem('must be a number of days, 1 to 9999');
}

export function parseSwitch(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new SettingProblem('must be true or false');
}

export function parseNetworks(text: string): readonly string[] {
  const networks = text
    .split(',')
    .map((network) => network.trim())
    .filter((network) => network !== '');
  for (const network of networks) {
    const problem = networkProblem(network);
    if (problem !== undefined) throw new SettingProblem(`is wrong: ${problem}`);
  }
  return networks;
}

export function parseForm(text: string): SuggestedOrgDetailsForm {
  const form = SUGGESTED_ORG_DETAILS_FORMS.find((known) => known === text);
  if (form === undefined) throw new SettingProblem(`must be ${SUGGESTED_ORG_DETAILS_FORMS.join(' or ')}`);
  return form;
}

export function parseApiRevision(text: string): ServedRevision {
  const revision = API_REVISIONS.find((known) => known === text);
  if (revision === undefined) throw new SettingProblem(`must be ${API_REVISIONS.join(' or ')}`);
  return revision;
}

export function parseForwardedHeaders(text: string): ForwardedHeaders {
  const headers = FORWARDED_HEADERS.find((known) => known === text);
  if (headers === undefined) throw new SettingProblem(`must be ${FORWARDED_HEADERS.join(' or ')}`);
  return headers;
}

/** The origin of an address without a path. */
export function parsePublicUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.href !== `${url.origin}/`) {
    throw new SettingProblem('must be an https address without a path, such as https://orders.example');
  }
  return url.origin;
}

/** The URL of a proxy. The text itself is never in an error: it may hold a password. */
export function parseProxyUrl(text: string): string {
  const url = URL.parse(text);
  const isProxy = url !== null && ['http:', 'https:'].includes(url.protocol) && url.hostname !== '';
  if (!isProxy || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new SettingProblem('must be the address of a proxy, such as http://proxy.example:3128');
  }
  if (url.username !== '' || url.password !== '') {
    throw new SettingProblem(
      'must hold no login and password: put them into a file for --outbound-proxy-credentials',
    );
  }
  return url.origin;
}
