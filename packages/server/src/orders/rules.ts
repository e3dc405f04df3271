/** The rules of the order database by name: what errors, the history and the documents call them. */

/**
 * Rules of placement are about the database around an order and always hold. Rules of state are about an order by
 * itself; only an import of legacy data (`--as-is`) and what is observed at an upstream waive them. Rules of change are
 * about two states of an order; a forced correction waives them too.
 */
type RuleKind = 'placement' | 'state' | 'change';

interface Rule {
  readonly kind: RuleKind;
  readonly meaning: string;
}

/** Every rule. */
export const RULES = {
  'account-exists': { kind: 'placement', meaning: 'An order belongs to an account that exists.' },
  'account-never-changes': { kind: 'placement', meaning: "An order's account never changes." },
  'certificate-in-one-order': { kind: 'placement', meaning: 'A certificate belongs to one order.' },
  'certificate-never-removed': {
    kind: 'placement',
    meaning: 'A certificate is never removed from its order.',
  },
  'replaced-order-exists': { kind: 'placement', meaning: 'A replacement names an order that exists.' },
  'replaced-order-of-same-account': {
    kind: 'placement',
    meaning: 'A replacement names an order of the same account.',
  },
  'replacements-never-loop': {
    kind: 'placement',
    meaning: 'No order replaces itself, directly or through others.',
  },
  'followed-order': {
    kind: 'placement',
    meaning:
      'An order that is followed at an upstream is changed by what is observed there, and by nothing else.',
  },
  'issued-with-finished-checks': {
    kind: 'state',
    meaning:
      'A certificate that is Issued (or later) has no check that is not-completed or in-progress, freeDVUPStatus and evClickThroughStatus excepted.',
  },
  'validity-in-order': {
    kind: 'state',
    meaning: "A certificate's notAfter is later than its notBefore.",
  },
  'validity-of-issued': {
    kind: 'state',
    meaning: 'Only a certificate that is Issued (or later) has notBefore or notAfter.',
  },
  'completed-with-issued-certificate': {
    kind: 'state',
    meaning: 'A Completed order has at least one certificate that is Issued (or later).',
  },
  'completed-without-awaiting': {
    kind: 'state',
    meaning: 'A Completed order has no certificate that is awaiting validation.',
  },
  'closed-without-awaiting': {
    kind: 'state',
    meaning:
      'A Rejected or Cancelled order has no certificate that is awaiting validation: rejecting or cancelling an order rejects them in the same change.',
  },
  'order-transition': {
    kind: 'change',
    meaning: 'An order goes from Pending to Completed, Rejected or Cancelled, and from Completed to Pending.',
  },
  'reopened-by-reissue': {
    kind: 'change',
    meaning: 'An order goes from Completed back to Pending only by adding a certificate.',
  },
  'certificate-transition': {
    kind: 'change',
    meaning:
      'A certificate goes back and forth between Awaiting Validation, Awaiting Brand Validation, PRE-SIGN FAILED and POST-SIGN FAILED, from there to Issued or Rejected, from Issued to Replaced, Revoked or Expired, and from Replaced to Revoked or Expired.',
  },
  'checks-fixed-by-issue': {
    kind: 'change',
    meaning:
      'The checks of a certificate that is Issued (or later) are fixed, freeDVUPStatus and evClickThroughStatus excepted.',
  },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

/** A rule that an order, or a change of it, breaks. */
export interface BrokenRule {
  readonly rule: RuleName;
  /** Where: `orderStatus`, `certificates[0].dcvStatus`. */
  readonly field: string;
  /** In words, with what is there and what would be. */
  readonly message: string;
}

/** A field that a rule adjusted: the rule, the field, and how it differs from the change request, as text. */
export type Adjustment = BrokenRule;

/** What the rules do not apply to, and why. */
export type Exemption =
  /** A correction that the rules of change would refuse. */
  | { readonly kind: 'forced'; readonly reason: string }
  /** Legacy data, imported unchanged. */
  | { readonly kind: 'as-is' }
  /** What was observed at the upstream that the author of the change names: a fact. */
  | { readonly kind: 'observed' };

/** Whether a change that breaks the rule may be made all the same. */
export function isExempt(rule: RuleName, exemption: Exemption | undefined): boolean {
  const { kind } = RULES[rule];
  if (exemption === undefined || kind === 'placement') return false;
  return exemption.kind !== 'forced' || kind === 'change';
}

/** How many broken rules, or adjustments, one line lists. */
const DESCRIBED_LIMIT = 20;

/**
 * One line that lists which rules are broken, or what they adjusted: `order 1 is Completed and … (order-transition);
 * …`.
 */
export function describeBrokenRules(broken: readonly (BrokenRule | Adjustment)[]): string {
  const told = broken.slice(0, DESCRIBED_LIMIT).map(({ rule, message }) => `${message} (${rule})`);
  const others = broken.length - told.length;
  return [...told, ...(others > 0 ? [`and ${others} more`] : [])].join('; ');
}
