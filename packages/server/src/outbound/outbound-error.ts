/** Why a request to an address that others have chosen got no response: for the operator, and for a customer. */

/** What went wrong. The values are stable: they are stored and shown. */
export type OutboundErrorCode =
  /** The URL is not one that requests are sent to. */
  | 'url'
  /** The host has no address. */
  | 'name-not-resolved'
  /** An address of the host is not on the public internet, or is this machine's. */
  | 'address-not-allowed'
  /** The URL leads to a port of this service. */
  | 'own-listener'
  /** The proxy could not be reached, or opens no tunnel. */
  | 'proxy'
  /** No TCP connection, or one that was broken off before the response began. */
  | 'connection'
  /** No TLS connection to a host whose certificate is trusted. */
  | 'tls'
  /** It has taken too long. */
  | 'timeout'
  /** The response has more bytes, of headers or body, than are read. */
  | 'response-too-large'
  /** The response is not HTTP/1.1, or was cut off. */
  | 'invalid-response'
  /** Too many requests are under way here, or the process has no socket left: the host is not to blame. */
  | 'busy';

/**
 * What a customer is told. It does not tell a name that does not exist from one with an internal address, nor a proxy
 * from the host behind it: otherwise the service could be used to explore the operator's network.
 */
export type CustomerReason =
  | 'url'
  | 'no-public-address'
  | 'connection'
  | 'tls'
  | 'timeout'
  | 'response-too-large'
  | 'invalid-response'
  | 'busy';

const NO_PUBLIC_ADDRESS = [
  'no-public-address',
  'the host has no public address: check its name; addresses of internal networks are refused',
] as const;
const NO_CONNECTION = [
  'connection',
  'no connection to the host, or it was closed without a response',
] as const;

/** Of the codes that are missing here, customers are told the same as the operator. */
const FOR_CUSTOMERS: Partial<Record<OutboundErrorCode, readonly [CustomerReason, string]>> = {
  'name-not-resolved': NO_PUBLIC_ADDRESS,
  'address-not-allowed': NO_PUBLIC_ADDRESS,
  'own-listener': NO_PUBLIC_ADDRESS,
  proxy: NO_CONNECTION,
  connection: NO_CONNECTION,
};

/** A request without a response. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly code: OutboundErrorCode;

  /** @param message for the operator: it may hold internal addresses. */
  constructor(code: OutboundErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The reason that a customer may see. */
  get customerReason(): CustomerReason {
    return this.#forCustomers[0];
  }

  /** The message that a customer may see. */
  get customerMessage(): string {
    return this.#forCustomers[1];
  }

  get #forCustomers(): readonly [CustomerReason, string] {
    return FOR_CUSTOMERS[this.code] ?? [this.code as CustomerReason, this.message];
  }
}

/** What the system says when this process, or the machine, has no more sockets or memory for them. */
const SHORTAGES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** The error for a connection that could not be made for want of sockets here, or undefined if that is not why. */
export function shortageOf(error: unknown): OutboundError | undefined {
  const { code, cause } = error as NodeJS.ErrnoException;
  const { code: codeOfCause } = (cause ?? {}) as NodeJS.ErrnoException;
  const shortage = [code, codeOfCause].find((each) => SHORTAGES.has(each));
  if (shortage === undefined) return undefined;
  return new OutboundError('busy', `the service has no socket left (${shortage}): try again later`, {
    cause: error,
  });
}
