/** `conformance`: whether a server of the API behaves as the API's documents say. */

import { count, endpointUnder } from '@cert-order-status/protocol';
import { Command, Option } from 'commander';
import type { Target } from '../conformance/exchange.ts';
import type { Profile, Subject } from '../conformance/probe.ts';
import { countsOf, jsonReport, junitReport, textReport } from '../conformance/report.ts';
import { NotTestable, planOf, runConformance } from '../conformance/run.ts';
import { httpsAgent } from '../https-fetch.ts';
import { CommandFailure, FAILED, WRONG_USAGE } from './command-failure.ts';
import { certificateIDOf, orderNumberOf } from './numbers.ts';
import { jsonLine, print, printError } from './output.ts';
import { addService, type ServiceFlags, serviceOf, withUsageErrors } from './service-options.ts';
import { styleOf } from './style.ts';

const NOT_REACHABLE = 3;
const PROFILES = ['1.2', '1.10'] as const satisfies readonly Profile[];
const ORDERS_LIMIT = 20;
const REQUESTS_PER_SECOND_LIMIT = 1000;
const PORT_LIMIT = 65_535;
const HTTPS_PORT = '443';
const HTTP_PORT = 80;
/** How often a run says how far it is when its standard error is no terminal, in requests. */
const PROGRESS_INTERVAL_REQUESTS = 25;

interface ConformanceOptions extends Omit<ServiceFlags, 'profile'> {
  readonly serviceProfile?: string;
  readonly order: readonly string[];
  readonly certificate?: string;
  readonly profile: Profile;
  readonly httpPort?: number;
  readonly rate: number;
  readonly probeLogin?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly junit?: true;
}

/** Makes the command. */
export function conformanceCommand(): Command {
  const command = new Command('conformance')
    .description('test whether a server of the API behaves as documented, and report it clause by clause')
    .requiredOption(
      '--order <NUMBER...>',
      'orders of the account; best one of them issued, with all kinds of fields',
    )
    .option('--certificate <ID>', 'a certificate of the first order', certificateIDOf)
    .addOption(
      new Option('--profile <REVISION>', 'the revision of the API').choices(PROFILES).default('1.10'),
    )
    .option(
      '--http-port <PORT>',
      'the port for the request over plain http (default: 80, or the port of the base URL if it has one)',
      portOf,
    )
    .option('--rate <N>', 'requests a second', rateOf, 1)
    .option(
      '--probe-login',
      'also try one wrong password with the real login name; servers may lock accounts',
    )
    .option('--dry-run', 'list the requests and send none')
    .addOption(new Option('--json', 'the report as JSON').conflicts('junit'))
    .option('--junit', 'the report as JUnit XML')
    .action(async (options: ConformanceOptions) => {
      const subject = await subjectOf(options);
      if (options.dryRun) return printPlan(subject);
      await run(subject, options);
    })
    .addHelpText(
      'after',
      `
The kit sends its requests one after the other, at most two of them with a
wrong login, which is made up. Over plain http it sends made-up credentials
only. When the server says that the call limit is reached (-42), it stops.

Exit codes: 0 no clause fails, 1 a clause fails, 2 wrong usage, 3 the server
cannot be reached, or refuses the login.`,
    );
  return addService(command, '--service-profile');
}

async function subjectOf(options: ConformanceOptions): Promise<Subject> {
  const [first, ...others] = [...new Set(options.order.map(orderNumberOf))];
  if (first === undefined || others.length >= ORDERS_LIMIT) {
    throw new CommandFailure(`--order takes 1 to ${ORDERS_LIMIT} order numbers`, WRONG_USAGE);
  }
  const service = await serviceOf({ ...options, profile: options.serviceProfile });
  const endpoint = withUsageErrors(() => endpointUnder(service.baseUrl));
  const target: Target = {
    endpoint,
    httpPort:
      options.httpPort ??
      (endpoint.port === '' || endpoint.port === HTTPS_PORT ? HTTP_PORT : Number(endpoint.port)),
    agent: httpsAgent(service.trust),
    loginName: service.loginName,
    loginPassword: service.loginPassword,
  };
  return {
    target,
    profile: options.profile,
    orderNumbers: [first, ...others],
    certificateID: options.certificate,
    probesLogin: options.probeLogin === true,
  };
}

function printPlan(subject: Subject): void {
  const plan = planOf(subject);
  for (const { request } of plan) {
    print(
      [`${request.method} ${request.scheme}:${request.path}  # ${request.title}`, request.maskedBody]
        .join('\n')
        .trimEnd(),
    );
  }
  printError(`${count(plan.length, 'request')}; none was sent`);
}

async function run(subject: Subject, { rate, json, junit }: ConformanceOptions): Promise<void> {
  const { target } = subject;
  const total = planOf(subject).length;
  printError(
    `sending ${count(total, 'request')} to ${target.endpoint.host}, ${rate} a second: about ${Math.ceil(total / rate)} s`,
  );
  const isTerminal = process.stderr.isTTY === true;
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop);
  try {
    const report = await runConformance(subject, {
      requestsPerSecond: rate,
      signal: abort.signal,
      onRequest: (sent, all, { request }) => {
        if (isTerminal) process.stderr.write(`\r\u001b[K${sent + 1}/${all} ${request.title}`);
        else if (sent > 0 && sent % PROGRESS_INTERVAL_REQUESTS === 0)
          printError(`${sent} of ${count(all, 'request')} sent`);
      },
    });
    if (isTerminal) process.stderr.write('\r\u001b[K');
    if (json) print(jsonLine(jsonReport(report, subject)));
    else if (junit) print(junitReport(report, subject));
    else print(textReport(report, subject, reportStyle()));
    if (countsOf(report).fail > 0) process.exitCode = FAILED;
  } catch (error) {
    if (isTerminal) process.stderr.write('\r\u001b[K');
    if (error instanceof NotTestable) throw new CommandFailure(error.message, NOT_REACHABLE);
    if (abort.signal.aborted) throw new CommandFailure('cancelled; there is no report', FAILED);
    throw error;
  } finally {
    process.off('SIGINT', stop);
    target.agent.destroy();
  }
}

function reportStyle() {
  const style = styleOf(process.stdout);
  return {
    good: (text: string) => style.paint('green', text),
    bad: (text: string) => style.paint('red', text),
    dim: (text: string) => style.paint('yellow', text),
  };
}

function portOf(given: string): number {
  return wholeNumberOf(given, 'a port', PORT_LIMIT);
}

function rateOf(given: string): number {
  return wholeNumberOf(given, 'a rate', REQUESTS_PER_SECOND_LIMIT);
}

function wholeNumberOf(given: string, what: string, most: number): number {
  const number = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (number >= 1 && number <= most) return number;
  throw new CommandFailure(`${what} is a whole number from 1 to ${most}`, WRONG_USAGE);
}
