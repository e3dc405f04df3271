/** What the probes find about each clause. */

import { CLAUSE_NAMES, type ClauseName } from './clauses.ts';
import type { Exchange } from './exchange.ts';

/** What a clause comes to. `differs` is a difference that clients tolerate. */
export type Verdict = 'pass' | 'fail' | 'differs' | 'not testable';

/** One observation about a clause. */
export interface Finding {
  readonly verdict: Verdict;
  /** What was expected and what came, or why it cannot be tested. */
  readonly message: string;
  readonly exchange?: Exchange | undefined;
}

/** A clause of the report. */
export interface ClauseResult {
  readonly clause: ClauseName;
  readonly verdict: Verdict;
  /** Every different observation that led to the verdict; of a clause that passes, none. */
  readonly findings: readonly Finding[];
}

/** The most observations of a clause that are kept. */
const FINDINGS_LIMIT = 5;
/** From the one that decides to the one that counts least. */
const BY_WEIGHT: readonly Verdict[] = ['fail', 'differs', 'pass', 'not testable'];

/** Collects observations. */
export class Findings {
  readonly #found = new Map<ClauseName, Finding[]>();

  add(clause: ClauseName, verdict: Verdict, message = '', exchange?: Exchange): void {
    const found = this.#found.get(clause) ?? [];
    this.#found.set(clause, found);
    const same = found.filter((each) => each.verdict === verdict);
    if (same.length >= FINDINGS_LIMIT || same.some((each) => each.message === message)) return;
    found.push({ verdict, message, exchange });
  }

  /** Passes a clause, or notes with which verdict and why it does not. */
  expect(
    clause: ClauseName,
    isMet: boolean,
    otherwise: 'fail' | 'differs',
    message: string,
    exchange?: Exchange,
  ): void {
    if (isMet) this.add(clause, 'pass');
    else this.add(clause, otherwise, message, exchange);
  }

  /** Every clause with its verdict. @param unasked why a clause without an observation cannot be tested. */
  results(unasked: string): ClauseResult[] {
    return CLAUSE_NAMES.map((clause) => {
      const found = this.#found.get(clause) ?? [{ verdict: 'not testable' as const, message: unasked }];
      const verdict = BY_WEIGHT.find((each) => found.some((one) => one.verdict === each)) ?? 'not testable';
      return {
        clause,
        verdict,
        findings: found.filter((one) => one.verdict === verdict && one.message !== ''),
      };
    });
  }
}
