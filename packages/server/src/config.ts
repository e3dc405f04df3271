/** The settings: what there is to set, and where a value comes from (flag, environment, file; the first wins). */

import {
  API_REVISIONS,
  describeProblems,
  LATEST_REVISION,
  parseJson,
  type ServedRevision,
  SUGGESTED_ORG_DETAILS_FORMS,
  type SuggestedOrgDetailsForm,
} from '@cert-order-status/protocol';
import { WAITS_PER_ACCOUNT } from './customer-api/account-waits.ts';
import { CONNECTION_COUNTS, RESPONSE_TIMEOUT_MS } from './http/connections.ts';
import { FORWARDED_HEADERS, type ForwardedHeaders } from './http/forwarding-headers.ts';
import { WrongUsage } from './operator-error.ts';
import {
  notEmpty,
  parseApiRevision,
  parseCount,
  parseDatabase,
  parseDays,
  parseForm,
  parseForwardedHeaders,
  parseNetworks,
  parsePort,
  parsePositiveSeconds,
  parseProxyUrl,
  parsePublicUrl,
  parseSeconds,
  parseSwitch,
  parseWorkers,
  SettingProblem,
  WEBHOOK_RATE_SETTING,
} from './setting-values.ts';
import { readTextFile } from './text-file.ts';
import { OPEN_PAGES } from './web/open-pages.ts';

/** One thing to set: `--NAME` on the command line, `NAME` in the file, `CERT_ORDER_STATUS_NAME` around it. */
export interface Setting<Value> {
  readonly name: string;
  /** What stands for the value in help texts; a setting without is a switch. */
  readonly placeholder?: string;
  readonly description: string;
  /** Makes the value of its text, or throws a {@link SettingProblem}. */
  readonly parse: (text: string) => Value;
  readonly default?: Value;
  /** A text that looks like a number: in the file it must stand in quotes. */
  readonly isText?: true;
  /** A list, separated by commas: a flag that is given several times adds to it. */
  readonly isList?: true;
}

/** Every setting of every command, by the name it has in the program. */
export const SETTINGS = {
  database: {
    name: 'database',
    placeholder: 'URL',
    description: 'the order database: sqlite:PATH, or postgres://user@host/database',
    parse: parseDatabase,
  },
  secretKeyFile: {
    name: 'secret-key-file',
    placeholder: 'FILE',
    description:
      'the key of the secrets in the database (default with SQLite: a file beside the database, made when needed)',
    parse: notEmpty,
  },
  host: {
    name: 'host',
    placeholder: 'ADDRESS',
    description: 'address to listen on (default of serve: all; of demo: 127.0.0.1)',
    parse: notEmpty,
  },
  port: {
    name: 'port',
    placeholder: 'PORT',
    description: 'port for https',
    parse: parsePort,
    default: 8443,
  },
  tlsCert: {
    name: 'tls-cert',
    placeholder: 'FILE',
    description: 'certificate chain in PEM; read again when it changes',
    parse: notEmpty,
  },
  tlsKey: {
    name: 'tls-key',
    placeholder: 'FILE',
    description: "the certificate's private key in PEM",
    parse: notEmpty,
  },
  selfSigned: {
    name: 'self-signed',
    description: 'make a certificate at each start, for trying things out',
    parse: parseSwitch,
    default: false,
  },
  httpPort: {
    name: 'http-port',
    placeholder: 'PORT',
    description: 'a second port, for plain HTTP, that answers every request with -1',
    parse: parsePort,
  },
  trustProxy: {
    name: 'trust-proxy',
    placeholder: 'CIDR,…',
    description: 'networks of proxies whose forwarding headers are trusted',
    parse: parseNetworks,
    isList: true,
    default: [] as readonly string[],
  },
  proxyProtocol: {
    name: 'proxy-protocol',
    description:
      'connections of these proxies to the public ports begin with a PROXY protocol header (v1 or v2)',
    parse: parseSwitch,
    default: false,
  },
  forwardedHeaders: {
    name: 'forwarded-headers',
    placeholder: FORWARDED_HEADERS.join('|'),
    description: 'which forwarding headers these proxies set: X-Forwarded-…, or Forwarded (RFC 7239)',
    parse: parseForwardedHeaders,
    default: 'x-forwarded' as ForwardedHeaders,
  },
  trustForwardedHost: {
    name: 'trust-forwarded-host',
    description: 'trust the host that these proxies forward, for links and origin checks',
    parse: parseSwitch,
    default: false,
  },
  publicUrl: {
    name: 'public-url',
    placeholder: 'URL',
    description: "where clients reach the pages, for links and origin checks (default: each request's host)",
    parse: parsePublicUrl,
  },
  probePort: {
    name: 'probe-port',
    placeholder: 'PORT',
    description: 'a port, for plain HTTP, with /healthz, /readyz and /metrics',
    parse: parsePort,
  },
  probeHost: {
    name: 'probe-host',
    placeholder: 'ADDRESS',
    description: 'address of the probe port',
    parse: notEmpty,
    default: '127.0.0.1',
  },
  managementPort: {
    name: 'management-port',
    placeholder: 'PORT',
    description: 'a port, for https, with the management API',
    parse: parsePort,
  },
  managementHost: {
    name: 'management-host',
    placeholder: 'ADDRESS',
    description: 'address of the management port',
    parse: notEmpty,
    default: '127.0.0.1',
  },
  noPages: {
    name: 'no-pages',
    description: 'serve only the API, without the order status checker at /',
    parse: parseSwitch,
    default: false,
  },
  noExpiry: {
    name: 'no-expiry',
    description: 'leave certificates Issued or Replaced after their notAfter, until reported Expired',
    parse: parseSwitch,
    default: false,
  },
  noUpstreams: {
    name: 'no-upstreams',
    description: 'ask no upstreams for the orders that are followed there',
    parse: parseSwitch,
    default: false,
  },
  outboundCa: {
    name: 'outbound-ca',
    placeholder: 'FILE',
    description: 'certificates, in PEM, of roots that requests to other hosts trust beside the usual ones',
    parse: notEmpty,
  },
  outboundProxy: {
    name: 'outbound-proxy',
    placeholder: 'URL',
    description: 'an http or https proxy that requests to other hosts go through (CONNECT)',
    parse: parseProxyUrl,
  },
  outboundProxyCredentials: {
    name: 'outbound-proxy-credentials',
    placeholder: 'FILE',
    description: 'a file that holds login:password for this proxy',
    parse: notEmpty,
  },
  outboundAllow: {
    name: 'outbound-allow',
    placeholder: 'CIDR,…',
    description:
      'networks that URLs given by the operator, never by customers, may lead to beside public ones',
    parse: parseNetworks,
    isList: true,
    default: [] as readonly string[],
  },
  webhookRate: WEBHOOK_RATE_SETTING,
  acceptQueryArguments: {
    name: 'accept-query-arguments',
    description:
      'read arguments from the URL too, for old clients (passwords then appear in the logs of proxies)',
    parse: parseSwitch,
    default: false,
  },
  suggestedOrgDetails: {
    name: 'suggested-org-details',
    placeholder: SUGGESTED_ORG_DETAILS_FORMS.join('|'),
    description: 'how suggested organisations are written: flat has the best match, nested has them all',
    parse: parseForm,
    default: 'flat' as SuggestedOrgDetailsForm,
  },
  apiRevision: {
    name: 'api-revision',
    placeholder: API_REVISIONS.join('|'),
    description: 'the revision of the API that is served; 1.2 refuses the arguments of later ones',
    parse: parseApiRevision,
    default: LATEST_REVISION as ServedRevision,
    isText: true,
  },
  workers: {
    name: 'workers',
    placeholder: 'N',
    description: 'how many processes beside the primary one serve the public port (default: one a core)',
    parse: parseWorkers,
  },
  maxConnections: {
    name: 'max-connections',
    placeholder: 'N',
    description: 'how many connections each process takes; then idle ones are closed, or new ones refused',
    parse: parseCount,
    default: CONNECTION_COUNTS.inAll,
  },
  maxConnectionsPerAddress: {
    name: 'max-connections-per-address',
    placeholder: 'N',
    description: 'how many of them may come from one address (IPv6: one /64); trusted proxies are exempt',
    parse: parseCount,
    default: CONNECTION_COUNTS.perAddress,
  },
  maxInFlight: {
    name: 'max-in-flight',
    placeholder: 'N',
    description:
      'the most status requests of a process that wait for the database; further ones get -14 and Retry-After',
    parse: parseCount,
    default: 1000,
  },
  accountRate: {
    name: 'account-rate',
    placeholder: 'N',
    description:
      'the most status requests a minute of one account, for each process; further ones get -14 and Retry-After (default: no limit)',
    parse: parseCount,
  },
  auditRetention: {
    name: 'audit-retention',
    placeholder: 'DAYS',
    description: 'how long records of logins, and share links that have ended, are kept',
    parse: parseDays,
    default: 90,
  },
  responseTimeout: {
    name: 'response-timeout',
    placeholder: 'SECONDS',
    description: 'how long a client may take for a response, or for each 4 MiB of a larger one',
    parse: parsePositiveSeconds,
    default: RESPONSE_TIMEOUT_MS / 1000,
  },
  maxWaitsPerAccount: {
    name: 'max-waits-per-account',
    placeholder: 'N',
    description: 'how many requests of one account may wait for changes in a process; then the oldest ends',
    parse: parseCount,
    default: WAITS_PER_ACCOUNT,
  },
  maxOpenPages: {
    name: 'max-open-pages',
    placeholder: 'N',
    description:
      'how many pages each process keeps up to date; half of them at most are pages opened with share links',
    parse: parseCount,
    default: OPEN_PAGES.inAll,
  },
  maxOpenPagesPerAccount: {
    name: 'max-open-pages-per-account',
    placeholder: 'N',
    description: "how many of them may be one account's own, and as many besides opened with its share links",
    parse: parseCount,
    default: OPEN_PAGES.perAccount,
  },
  maxOpenPagesPerLink: {
    name: 'max-open-pages-per-link',
    placeholder: 'N',
    description: 'how many of them may be opened with one share link',
    parse: parseCount,
    default: OPEN_PAGES.perLink,
  },
  maxOpenPagesPerAddress: {
    name: 'max-open-pages-per-address',
    placeholder: 'N',
    description: 'how many of them may be open at one address (IPv6: one /64)',
    parse: parseCount,
    default: OPEN_PAGES.perAddress,
  },
  stopTimeout: {
    name: 'stop-timeout',
    placeholder: 'SECONDS',
    description: 'how long requests in flight may take to finish when the service is stopped',
    parse: parseSeconds,
    default: 10,
  },
} as const satisfies Record<string, Setting<unknown>>;

export type SettingKey = keyof typeof SETTINGS;

/** What a setting's value is: always there when it has a default. */
export type SettingValues<Keys extends SettingKey> = {
  readonly [Key in Keys]: (typeof SETTINGS)[Key] extends { default: unknown }
    ? ReturnType<(typeof SETTINGS)[Key]['parse']>
    : ReturnType<(typeof SETTINGS)[Key]['parse']> | undefined;
};

/** Where values come from. */
export interface SettingSources {
  /** By the setting's name; a switch is `true`. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Path of the file, if there is one. */
  readonly file: string | undefined;
}

/** The environment variable of a setting. */
export function environmentName(name: string): string {
  return `CERT_ORDER_STATUS_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Problems that settings have with one another. A value that is wrong by itself is given, but undefined. */
export type CrossCheck<Keys extends SettingKey> = (
  values: Partial<SettingValues<Keys>>,
  given: ReadonlySet<SettingKey>,
) => Iterable<string>;

/** @throws {WrongUsage} with one line for each thing that is wrong. */
export function readSettings<Keys extends SettingKey>(
  keys: readonly Keys[],
  { flags, environment, file }: SettingSources,
  crossCheck: CrossCheck<Keys> = () => [],
): SettingValues<Keys> {
  const problems: string[] = [];
  const ofFile = file === undefined ? {} : readSettingsFile(file, problems);
  const values: Partial<Record<SettingKey, unknown>> = {};
  const given = new Set<SettingKey>();
  for (const key of keys) {
    const setting: Setting<unknown> = SETTINGS[key];
    const variable = environmentName(setting.name);
    const [value, source] = firstGiven([
      [flags[setting.name], `--${setting.name}`],
      [environment[variable] || undefined, variable],
      [ofFile[setting.name], `"${setting.name}" in ${file}`],
    ]);
    if (value !== undefined) given.add(key);
    try {
      values[key] = value === undefined ? setting.default : setting.parse(textOf(value, setting));
    } catch (error) {
      if (!(error instanceof SettingProblem)) throw error;
      problems.push(`${source} ${error.message}`);
    }
  }
  problems.push(...crossCheck(values as Partial<SettingValues<Keys>>, given));
  if (problems.length > 0) throw new WrongUsage(problems);
  return values as SettingValues<Keys>;
}

function firstGiven(candidates: readonly [unknown, string][]): readonly [unknown, string] {
  return candidates.find(([value]) => value !== undefined) ?? [undefined, ''];
}

function textOf(value: unknown, { name, isText, default: usual }: Setting<unknown>): string {
  if (isText && typeof value === 'number') {
    throw new SettingProblem(`must be a text, as numbers lose zeros: quote it, as in "${name}": "${usual}"`);
  }
  return String(value);
}

/** A JSON object of names and values; a list may be written as one. */
function readSettingsFile(file: string, problems: string[]): Record<string, unknown> {
  let text: string;
  try {
    text = readTextFile(file);
  } catch (error) {
    problems.push(`cannot read the settings file: ${(error as Error).message}`);
    return {};
  }
  const json = parseJson(text);
  if (!json.ok) {
    problems.push(`${file}: ${describeProblems([json.problem])}`);
    return {};
  }
  const content = json.value;
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push(`${file} must hold a JSON object of settings, such as {"port": 8443}`);
    return {};
  }
  const names = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
  for (const [name, value] of Object.entries(content)) {
    const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
    const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string');
    if (!names.has(name)) problems.push(`"${name}" in ${file} is not a setting`);
    else if (!isPlain && !isList)
      problems.push(`"${name}" in ${file} must be a text, a number, true or false`);
  }
  return content as Record<string, unknown>;
}
