/** Which service a command asks, and for which account. */

import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { OrderStatusClient } from '../order-status-client.ts';
import { ask, askSilently } from './ask.ts';
import { CommandFailure, FAILED, WRONG_USAGE } from './command-failure.ts';
import { printError } from './output.ts';
import { type Profile, profileFile, readProfile } from './profile.ts';

const DEFAULT_PROFILE = 'default';

const ENVIRONMENT = {
  baseUrl: 'CERT_ORDER_STATUS_BASE_URL',
  loginName: 'CERT_ORDER_STATUS_LOGIN_NAME',
  loginPassword: 'CERT_ORDER_STATUS_LOGIN_PASSWORD',
  profile: 'CERT_ORDER_STATUS_PROFILE',
  ca: 'CERT_ORDER_STATUS_CA',
} as const;

/** What {@link addService}'s options come to. */
interface ServiceFlags {
  readonly baseUrl?: string;
  readonly loginName?: string;
  readonly passwordStdin?: true;
  readonly profile?: string;
  readonly ca?: string;
  readonly insecure?: true;
}

/** Gives a command the options that say which service is asked. */
export function addService(command: Command): Command {
  return command
    .option('--base-url <URL>', 'the service, such as https://orders.example.com')
    .option('--login-name <NAME>', 'the account')
    .option('--password-stdin', 'read the password from standard input')
    .option(
      '--profile <NAME>',
      `a profile file with all of it (default: ${DEFAULT_PROFILE}, if there is one)`,
    )
    .addOption(
      new Option('--ca <FILE>', 'trust the certificates in this PEM file, and no others').conflicts(
        'insecure',
      ),
    )
    .option('--insecure', 'take any certificate: for test servers only')
    .addHelpText(
      'after',
      `
What is not given is taken from the environment:
  ${Object.values(ENVIRONMENT).join('\n  ')}
else from the profile, a file that only you may be able to read:
  ${profileFile(DEFAULT_PROFILE)}
  {"baseUrl": "https://…", "loginName": "acme-hosting", "loginPassword": "…"}
and is asked for otherwise. A profile's password goes to that profile's service
and account only.`,
    );
}

/**
 * The client that a command's options, the environment and the profile say.
 *
 * @throws CommandFailure when something is missing, or is not what it should be.
 */
export async function clientOf(flags: ServiceFlags): Promise<OrderStatusClient> {
  const profile = profileOf(flags.profile ?? environment('profile'));
  const baseUrl = flags.baseUrl ?? environment('baseUrl') ?? profile?.baseUrl ?? (await askFor('baseUrl'));
  // A password must not follow a changed address to somebody else's server.
  const itsService = profile?.baseUrl === undefined || profile.baseUrl === baseUrl ? profile : undefined;
  const loginName =
    flags.loginName ?? environment('loginName') ?? itsService?.loginName ?? (await askFor('loginName'));
  const itsAccount = itsService?.loginName === loginName ? itsService : undefined;
  const loginPassword = flags.passwordStdin
    ? (await text(process.stdin)).replace(/\r?\n$/, '')
    : (environment('loginPassword') ?? itsAccount?.loginPassword ?? (await askFor('loginPassword')));
  const fetch = await fetchOf(flags, itsService);
  try {
    return new OrderStatusClient({ baseUrl, loginName, loginPassword, ...(fetch && { fetch }) });
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

/** The platform's own, unless certificates are to be judged otherwise. */
async function fetchOf(
  flags: ServiceFlags,
  profile: Profile | undefined,
): Promise<typeof globalThis.fetch | undefined> {
  if (flags.insecure) {
    printError('warning: --insecure takes any certificate: whoever is in between can read the password');
    return (await import('./https-fetch.ts')).httpsFetch({ insecure: true });
  }
  const file = flags.ca ?? environment('ca') ?? profile?.ca;
  if (file === undefined) return;
  const ca = readCertificates(file);
  return (await import('./https-fetch.ts')).httpsFetch({ ca, insecure: false });
}

function readCertificates(file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`cannot read the certificates in ${file}: ${(error as Error).message}`, FAILED);
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new CommandFailure(`${file} holds no PEM certificate (-----BEGIN CERTIFICATE-----)`, FAILED);
  }
  return pem;
}
