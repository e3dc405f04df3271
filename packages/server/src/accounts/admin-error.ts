/** Why a change of an account or a token was refused. */

/**
 * What kind of error it is: an invalid value, a name that is taken, an unknown name, too many of them, or an order
 * number that is fed here or followed otherwise.
 */
export type AdminErrorKind =
  | 'invalid'
  | 'already-exists'
  | 'not-found'
  | 'limit-reached'
  | 'order-number-taken';

/** The input that an error is about. */
export type AdminField =
  | 'loginName'
  | 'loginPassword'
  | 'allowedAddresses'
  | 'tokenName'
  | 'expires'
  | 'url'
  | 'eventTypes'
  | 'description'
  | 'endpointID'
  | 'eventID'
  | 'since'
  | 'name'
  | 'baseUrl'
  | 'roots'
  | 'account'
  | 'intervalSeconds'
  | 'lastStepsIntervalSeconds'
  | 'requestsPerMinute'
  | 'quietHours.from'
  | 'quietHours.to'
  | 'quietHours.timeZone'
  | 'orderNumber'
  | 'orderNumbers';

/**
 * Thrown by the operators' use cases; nothing has changed then. Its message is one line, in lower case and without a
 * full stop, that names the thing and says what to do. The command line, the management API and the console translate
 * it.
 */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly kind: AdminErrorKind;
  readonly field: AdminField;
  /** What is wrong with the field, without naming it: `must not be empty`. */
  readonly problem: string;

  /** @param message the problem itself when left out. */
  constructor(kind: AdminErrorKind, field: AdminField, problem: string, message = problem) {
    super(message);
    this.kind = kind;
    this.field = field;
    this.problem = problem;
  }
}
