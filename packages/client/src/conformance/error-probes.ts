/** Expectations of errors, and the texts that the document gives them (2.2). */

import type { ClauseName } from './clauses.ts';
import type { Findings } from './findings.ts';
import { named, type Reply } from './probe.ts';

/** The document's texts. */
const TEXTS: Readonly<Record<number, (argument: string) => string>> = {
  [-1]: () => 'Request was not made over https!',
  [-2]: (argument) => `'${argument}' is an unrecognised argument!`,
  [-3]: (argument) => `The '${argument}' argument is missing`,
  [-4]: (argument) => `The value of the '${argument}' argument is invalid!`,
  [-14]: () => 'An unknown error occurred!',
  [-16]: () => 'Permission denied!',
  [-17]: () => 'Request used GET rather than POST!',
};

/** What a request must get. */
export interface ExpectedError {
  readonly errorCode: number;
  /** The arguments that the text may name; none for texts without an argument. */
  readonly names?: readonly string[] | undefined;
  /** Other codes that clients tolerate, or `any`. */
  readonly tolerated?: readonly number[] | 'any' | undefined;
}

/** Judges a reply that must be an error. */
export function expectError(
  clause: ClauseName,
  { errorCode, names = [], tolerated = [] }: ExpectedError,
  reply: Reply,
  findings: Findings,
): void {
  const { exchange } = reply;
  if (reply.errorCode !== errorCode) {
    const isTolerated =
      tolerated === 'any' || (reply.errorCode !== undefined && tolerated.includes(reply.errorCode));
    const message = `${exchange.request.title}: expected errorCode ${errorCode}, got ${named(reply.errorCode)}`;
    findings.add(clause, isTolerated ? 'differs' : 'fail', message, exchange);
    return;
  }
  const expected = (names.length === 0 ? [''] : names).map((name) => TEXTS[errorCode]?.(name));
  const text = reply.errorMessage ?? '';
  const quoted = /'([^']*)'/.exec(text)?.[1];
  if (
    names.length > 0 &&
    quoted !== undefined &&
    !names.some((name) => name.toLowerCase() === quoted.toLowerCase())
  ) {
    const message = `${exchange.request.title}: the errorMessage names '${quoted}', not ${names.map((name) => `'${name}'`).join(' or ')}`;
    findings.add(clause, 'fail', message, exchange);
    return;
  }
  findings.add(clause, 'pass');
  findings.expect(
    'A19 error-texts',
    expected.includes(text),
    'differs',
    `errorCode ${errorCode}: expected "${expected[0]}", got "${text}"`,
    exchange,
  );
}
