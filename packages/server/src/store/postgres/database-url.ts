/** `postgres://` URLs: hosts, database, user, and how to talk to them. */

import { errorMessage, OperatorError } from '../../operator-error.ts';
import { readTextFile } from '../../text-file.ts';

const DEFAULT_PORT = 5432;
const DEFAULT_POOL_SIZE = 10;

/** What may stand behind the question mark. */
const PARAMETERS = ['sslmode', 'sslrootcert', 'pool_size', 'prepared_statements'] as const;
type Parameter = (typeof PARAMETERS)[number];

const SSL_MODES = ['disable', 'require', 'verify-full'] as const;

/** A database's name for messages, without a password. */
export const POSTGRES_EXAMPLE = 'postgres://user@host/database';

/** The parts of a URL, checked. */
interface DatabaseUrl {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly database: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly parameters: Readonly<Partial<Record<Parameter, string>>>;
}

/** What is wrong with a URL, without repeating it: it may hold a password. */
export function postgresUrlProblem(url: string): string | undefined {
  const read = readUrl(url);
  return typeof read === 'string' ? read : undefined;
}

/** The URL as it can be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^([^:]+:\/\/[^:@/]*):[^/]*@/, '$1@');
}

/** What a URL says, and how to talk to the database. */
export interface DatabaseOptions {
  readonly hosts: DatabaseUrl['hosts'];
  readonly database: string;
  readonly user?: string;
  readonly password?: string;
  readonly ssl: false | { readonly rejectUnauthorized: boolean; readonly ca?: string };
  readonly poolSize: number;
  /** Off for a pooler that gives each transaction another connection. */
  readonly preparedStatements: boolean;
}

/**
 * The options for a URL. What it does not say, such as a password, comes from the environment as PostgreSQL's own
 * programs have it (PGPASSWORD, PGUSER).
 *
 * @throws {OperatorError} when it is none, or names a file that cannot be read.
 */
export function databaseOptions(url: string): DatabaseOptions {
  const read = readUrl(url);
  if (typeof read === 'string') throw new OperatorError(`database ${read}`);
  const { hosts, database, user, password, parameters } = read;
  const preparedStatements = parameters.prepared_statements !== 'off';
  return {
    hosts,
    database,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ssl: sslOf(parameters),
    poolSize: Number(parameters.pool_size ?? DEFAULT_POOL_SIZE),
    preparedStatements,
  };
}

function readUrl(url: string): DatabaseUrl | string {
  const [, authority = '', path = '', query = ''] =
    /^postgres(?:ql)?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(url) ?? [];
  if (authority === '') return `must be ${POSTGRES_EXAMPLE}`;
  const at = authority.lastIndexOf('@');
  const [user, password, ...rest] = at === -1 ? [] : authority.slice(0, at).split(':');
  if (rest.length > 0) return "'s user and password: a colon in them is written %3A";
  const hosts: { host: string; port: number }[] = [];
  for (const each of authority.slice(at + 1).split(',')) {
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::([0-9]{1,5}))?$/.exec(each) ?? [];
    const host = bracketed ?? plain;
    if (host === undefined) return `has a host that is none; the hosts are written host1:5432,host2:5432`;
    if (port !== undefined && !isPort(Number(port)))
      return 'has a port that is none: ports go from 1 to 65535';
    hosts.push({ host, port: Number(port ?? DEFAULT_PORT) });
  }
  if (path === '') return `must name its database: ${POSTGRES_EXAMPLE}`;
  const parameters = readParameters(query);
  if (typeof parameters === 'string') return parameters;
  try {
    return {
      hosts,
      database: decodeURIComponent(path),
      user: user === undefined ? undefined : decodeURIComponent(user),
      password: password === undefined ? undefined : decodeURIComponent(password),
      parameters,
    };
  } catch {
    return 'has a % without two hex digits';
  }
}

function isPort(number: number): boolean {
  return number >= 1 && number <= 65_535;
}

function readParameters(query: string): Partial<Record<Parameter, string>> | string {
  const parameters: Partial<Record<Parameter, string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const known = PARAMETERS.find((each) => each === name);
    if (known === undefined) return `has a parameter that is none of ${PARAMETERS.join(', ')}`;
    parameters[known] = value;
  }
  const { sslmode, pool_size, prepared_statements } = parameters;
  if (sslmode !== undefined && !SSL_MODES.some((mode) => mode === sslmode)) {
    return `'s sslmode must be one of ${SSL_MODES.join(', ')}`;
  }
  if (pool_size !== undefined && !/^[1-9][0-9]{0,3}$/.test(pool_size)) {
    return "'s pool_size must be a number from 1 to 9999";
  }
  if (prepared_statements !== undefined && !/^(on|off)$/.test(prepared_statements)) {
    return "'s prepared_statements must be on or off";
  }
  return parameters;
}

function sslOf({ sslmode, sslrootcert }: DatabaseUrl['parameters']): DatabaseOptions['ssl'] {
  if (sslmode === 'require') return { rejectUnauthorized: false };
  if (sslmode !== 'verify-full') return false;
  if (sslrootcert === undefined) return { rejectUnauthorized: true };
  try {
    return { rejectUnauthorized: true, ca: readTextFile(sslrootcert) };
  } catch (error) {
    throw new OperatorError(`cannot read the certificates of sslrootcert: ${errorMessage(error)}`);
  }
}
