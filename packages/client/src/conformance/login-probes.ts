/** Probes of the login: at most two wrong ones, with the real login name only if the operator of the kit allows it. */

import { expectError } from './error-probes.ts';
import { argumentsFor, named, type Probe, post, type Reply, replacing, type Subject } from './probe.ts';

const MADE_UP_NAME = 'conformance-unknown-login';
const MADE_UP_PASSWORD = 'conformance-wrong-password';
const LOGIN_NAME_LIMIT = 64;
const NOT_ALLOWED =
  'give --probe-login to try one wrong password with the real login name, which may lock the account';

/** All of them, to be sent in this order. */
export function loginProbes(subject: Subject): Probe[] {
  const wrong = replacing(argumentsFor(subject, subject.orderNumbers[0]), 'loginPassword', MADE_UP_PASSWORD);
  const unknown: Probe = {
    id: 'unknown-login',
    request: post(subject, 'an unknown login', replacing(wrong, 'loginName', MADE_UP_NAME)),
    judge: (reply, findings) => expectError('L1 unknown-login', { errorCode: -16 }, reply, findings),
  };
  return [unknown, subject.probesLogin ? wrongPassword(subject, wrong) : longName(subject, wrong)];
}

function wrongPassword(subject: Subject, args: Parameters<typeof post>[2]): Probe {
  return {
    id: 'wrong-password',
    request: post(subject, 'a wrong password', args),
    judge: (reply, findings, replies) => {
      expectError('L2 wrong-password', { errorCode: -16 }, reply, findings);
      const unknown = replies.get('unknown-login');
      if (unknown === undefined) return;
      const difference = differenceBetween(unknown, reply);
      findings.expect(
        'L3 indistinguishable',
        difference === undefined,
        'fail',
        difference ?? '',
        reply.exchange,
      );
      findings.add('A15 login-name-length', 'not testable', 'only two wrong logins are tried');
      findings.add('L4 password-case', 'not testable', 'only two wrong logins are tried');
    },
  };
}

function longName(subject: Subject, args: Parameters<typeof post>[2]): Probe {
  const name = 'conformance-'.padEnd(LOGIN_NAME_LIMIT + 1, 'x');
  return {
    id: 'login-name-length',
    request: post(
      subject,
      `a made-up loginName of ${LOGIN_NAME_LIMIT + 1} characters`,
      replacing(args, 'loginName', name),
    ),
    judge: (reply, findings) => {
      const { errorCode, exchange } = reply;
      const isRefused = errorCode === -4 || errorCode === -16;
      findings.expect(
        'A15 login-name-length',
        isRefused,
        'fail',
        `expected errorCode -4 or -16, got ${named(errorCode)}`,
        exchange,
      );
      for (const clause of ['L2 wrong-password', 'L3 indistinguishable', 'L4 password-case'] as const)
        findings.add(clause, 'not testable', NOT_ALLOWED);
    },
  };
}

/** Headers whose values differ from response to response. */
const VARYING = ['date', 'set-cookie', 'age', 'connection', 'keep-alive', 'x-request-id', 'cf-ray'];

function differenceBetween(unknown: Reply, wrong: Reply): string | undefined {
  if (!unknown.response.body.equals(wrong.response.body)) return 'the bodies differ';
  if (unknown.response.status !== wrong.response.status) return 'the HTTP status differs';
  const [first, second] = [unknown, wrong].map(({ response }) =>
    response.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 && !VARYING.includes(name.toLowerCase()) ? [`${name}: ${all[index + 1]}`] : [],
    ),
  );
  return String(first) === String(second) ? undefined : 'the headers differ';
}
