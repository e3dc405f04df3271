/** Which service a command asks, and for which account. */

import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { HttpsFetchOptions } from '../https-fetch.ts';
import { OrderStatusClient, type OrderStatusClientOptions } from '../order-status-client.ts';
import { FROM_ENVIRONMENT, type ProxySettings, proxySettings } from '../proxy.ts';
import { ask, askSilently } from './ask.ts';
import { CommandFailure, FAILED, WRONG_USAGE } from './command-failure.ts';
import { printError } from './output.ts';
import { type Profile, profileFile, readProfile } from './profile.ts';
import { readTextFile } from './text-file.ts';

const DEFAULT_PROFILE = 'default';

const ENVIRONMENT = {
  baseUrl: 'CERT_ORDER_STATUS_BASE_URL',
  loginName: 'CERT_ORDER_STATUS_LOGIN_NAME',
  loginPassword: 'CERT_ORDER_STATUS_LOGIN_PASSWORD',
  profile: 'CERT_ORDER_STATUS_PROFILE',
  ca: 'CERT_ORDER_STATUS_CA',
} as const;
/** Of commands that follow the change feed. */
const TOKEN_VARIABLE = 'CERT_ORDER_STATUS_TOKEN';

/** What {@link addService}'s options come to. */
export interface ServiceFlags {
  readonly baseUrl?: string;
  readonly loginName?: string;
  readonly passwordStdin?: true;
  /** A file with an API token. */
  readonly tokenFile?: string;
  readonly profile?: string | undefined;
  readonly ca?: string;
  readonly insecure?: true;
  /** A URL; false to use none, whatever the environment says. */
  readonly proxy?: string | false;
}

/**
 * Gives a command the options that say which service is used.
 *
 * @param profileFlag for a command in which `--profile` has another meaning.
 */
export function addService(command: Command, profileFlag = '--profile'): Command {
  return command
    .option('--base-url <URL>', 'the service, such as https://orders.example.com')
    .option('--login-name <NAME>', 'the account')
    .option('--password-stdin', 'read the password from standard input')
    .option(
      `${profileFlag} <NAME>`,
      `a profile file with all of it (default: ${DEFAULT_PROFILE}, if there is one)`,
    )
    .addOption(
      new Option('--ca <FILE>', 'trust the certificates in this PEM file, and no others').conflicts(
        'insecure',
      ),
    )
    .option('--insecure', 'take any certificate: for test servers only')
    .option('--proxy <URL>', 'reach the service through this HTTP proxy, whatever the environment says')
    .option('--no-proxy', 'reach it without a proxy, whatever the environment says')
    .addHelpText(
      'after',
      `
What is not given is taken from the environment:
  ${Object.values(ENVIRONMENT).join('\n  ')}
else from the profile, a file that only you may be able to read:
  ${profileFile(DEFAULT_PROFILE)}
  {"baseUrl": "https://…", "loginName": "acme-hosting", "loginPassword": "…"}
and is asked for otherwise. A profile's password goes to that profile's service
and account only.

The proxy is that of HTTPS_PROXY, but for the hosts in NO_PROXY, unless --proxy or
--no-proxy is given. Put a proxy's password into HTTPS_PROXY: others can see the
options of a command.`,
    );
}

/** Gives a command that follows the change feed the option for a token, before {@link addService}. */
export function addToken(command: Command): Command {
  return command
    .option('--token-file <FILE>', 'an API token of the account for the change feed, in this file')
    .addHelpText(
      'after',
      `
The change feed takes an API token of the account, from --token-file, from
${TOKEN_VARIABLE} or from "token" in the profile; else login and password.`,
    );
}

/** Which service a command uses, for which account, and which certificates it trusts. */
export interface ServiceSettings {
  readonly baseUrl: string;
  readonly loginName: string;
  readonly loginPassword: string;
  /** Certificates, and the proxy to go through. */
  readonly trust: HttpsFetchOptions;
}

/**
 * What a command's options, the environment and the profile say; the rest is asked for.
 *
 * @throws CommandFailure when something is missing, or is not what it should be.
 */
export async function serviceOf(flags: ServiceFlags): Promise<ServiceSettings> {
  const address = await addressOf(flags);
  return {
    ...(await loginOf(flags, address)),
    baseUrl: address.baseUrl,
    trust: trustOf(flags, address.profile),
  };
}

/** The client for these settings. @throws CommandFailure as {@link serviceOf} does. */
export async function clientOf(flags: ServiceFlags): Promise<OrderStatusClient> {
  const { trust, ...service } = await serviceOf(flags);
  return newClient(service, trust);
}

/**
 * The client of a command that follows the change feed.
 *
 * @param needsLogin whether it asks for the status of orders, too, for which a token does not do.
 * @throws CommandFailure as {@link serviceOf} does.
 */
export async function feedClientOf(flags: ServiceFlags, needsLogin: boolean): Promise<OrderStatusClient> {
  const address = await addressOf(flags);
  const token = tokenOf(flags, address.profile);
  const login = needsLogin || token === undefined ? await loginOf(flags, address) : {};
  return newClient({ ...login, token, baseUrl: address.baseUrl }, trustOf(flags, address.profile));
}

async function newClient(
  service: OrderStatusClientOptions,
  trust: HttpsFetchOptions,
): Promise<OrderStatusClient> {
  // Loaded only by a command that sends a request.
  const { httpsFetch } = await import('../https-fetch.ts');
  const fetch = httpsFetch(trust);
  return withUsageErrors(() => new OrderStatusClient({ ...service, fetch }));
}

/** A service, and the profile if it is that service's. */
interface Address {
  readonly baseUrl: string;
  readonly profile: Profile | undefined;
}

async function addressOf(flags: ServiceFlags): Promise<Address> {
  const profile = profileOf(flags.profile ?? environment('profile'));
  const baseUrl = flags.baseUrl ?? environment('baseUrl') ?? profile?.baseUrl ?? (await askFor('baseUrl'));
  // A password must not be sent to another server when the address changes.
  const isItsService = profile?.baseUrl === undefined || profile.baseUrl === baseUrl;
  return { baseUrl, profile: isItsService ? profile : undefined };
}

async function loginOf(
  flags: ServiceFlags,
  { profile }: Address,
): Promise<{ readonly loginName: string; readonly loginPassword: string }> {
  const loginName =
    flags.loginName ?? environment('loginName') ?? profile?.loginName ?? (await askFor('loginName'));
  const itsAccount = profile?.loginName === loginName ? profile : undefined;
  const loginPassword = flags.passwordStdin
    ? (await text(process.stdin)).replace(/\r?\n$/, '')
    : (environment('loginPassword') ?? itsAccount?.loginPassword ?? (await askFor('loginPassword')));
  return { loginName, loginPassword };
}

/** The token for the change feed, if there is one. */
function tokenOf({ tokenFile }: ServiceFlags, profile: Profile | undefined): string | undefined {
  if (tokenFile === undefined) return process.env[TOKEN_VARIABLE] || profile?.token;
  let token: string;
  try {
    token = readTextFile(tokenFile).trim();
  } catch (error) {
    throw new CommandFailure(`cannot read the token in ${tokenFile}: ${(error as Error).message}`, FAILED);
  }
  if (token === '') throw new CommandFailure(`${tokenFile} holds no token`, FAILED);
  return token;
}

/** What a setting is wrong with is wrong usage of the command. */
export function withUsageErrors<Result>(make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new CommandFailure(error.message, WRONG_USAGE);
  }
}

function environment(name: keyof typeof ENVIRONMENT): string | undefined {
  return process.env[ENVIRONMENT[name]] || undefined;
}

function profileOf(name: string | undefined): Profile | undefined {
  const profile = readProfile(name ?? DEFAULT_PROFILE);
  if (profile === undefined && name !== undefined) {
    throw new CommandFailure(`there is no profile '${name}': ${profileFile(name)} does not exist`, FAILED);
  }
  return profile;
}

const QUESTIONS = {
  baseUrl: { what: 'the base URL', flag: '--base-url', question: 'Base URL of the service: ', put: ask },
  loginName: { what: 'the login name', flag: '--login-name', question: 'Login name: ', put: ask },
  loginPassword: { what: 'the password', flag: '--password-stdin', question: 'Password: ', put: askSilently },
} as const;

async function askFor(name: keyof typeof QUESTIONS): Promise<string> {
  const { what, flag, question, put } = QUESTIONS[name];
  if (!process.stdin.isTTY) {
    throw new CommandFailure(
      `${what} is missing, and there is no terminal to ask on: give ${flag}, ${ENVIRONMENT[name]} or a profile (see --help)`,
      WRONG_USAGE,
    );
  }
  const answer = await put(question);
  if (answer === undefined) throw new CommandFailure('cancelled; nothing was asked', FAILED);
  return name === 'loginPassword' ? answer : answer.trim();
}

/** Which certificates are trusted, and which proxy is used. */
function trustOf(flags: ServiceFlags, profile: Profile | undefined): HttpsFetchOptions {
  const proxy = proxyOf(flags);
  if (flags.insecure) {
    printError(
      'warning: --insecure accepts any certificate: an attacker on the network can read the password',
    );
    return { insecure: true, proxy };
  }
  const file = flags.ca ?? environment('ca') ?? profile?.ca;
  return { ca: file === undefined ? undefined : readCertificates(file), proxy };
}

function proxyOf({ proxy = FROM_ENVIRONMENT }: ServiceFlags): ProxySettings | undefined {
  if (proxy === false) return undefined;
  try {
    return proxySettings(proxy);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CommandFailure(error.message, WRONG_USAGE);
  }
}

function readCertificates(file: string): string {
  let pem: string;
  try {
    pem = readTextFile(file);
  } catch (error) {
    throw new CommandFailure(`cannot read the certificates in ${file}: ${(error as Error).message}`, FAILED);
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new CommandFailure(`${file} holds no PEM certificate (-----BEGIN CERTIFICATE-----)`, FAILED);
  }
  return pem;
}
