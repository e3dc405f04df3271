import { describeProblems } from '@cert-order-status/protocol';
import type { Refusal } from './change-request.ts';
import { describeBrokenRules } from './rules.ts';

/** Why a change was refused, in one line. */
export function describeRefusal(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'not found':
    case 'version mismatch':
      return refusal.message;
    case 'invalid':
      return describeProblems(refusal.problems);
    case 'rules':
      return describeBrokenRules(refusal.broken);
  }
}
