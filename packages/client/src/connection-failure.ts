/** What went wrong below HTTP, from the codes that Node and its fetch put on errors and on their causes. */

import { TransportError, type TransportFailure } from './errors.ts';

const KINDS: readonly (readonly [RegExp, TransportFailure])[] = [
  [/^(ENOTFOUND|EAI_)/, 'dns'],
  [/^ERR_PROXY_/, 'proxy'],
  [/^(ETIMEDOUT|UND_ERR_\w*_TIMEOUT)$/, 'timeout'],
  // OpenSSL's words for certificates it does not accept, and TLS's own failures.
  [
    /CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERR_TLS|ERR_SSL|EPROTO/,
    'tls',
  ],
];

/** The failure of a request without a response. */
export function connectionFailure(endpoint: URL, error: unknown): TransportError {
  const detail = detailOf(error);
  const reason = KINDS.find(([codes]) => codes.test(detail.code))?.[1] ?? 'connection';
  const what = detail.code === '' || detail.message.includes(detail.code) ? '' : ` (${detail.code})`;
  return new TransportError(reason, `${describe(reason, endpoint)}: ${detail.message}${what}`, {
    cause: error,
    status: reason === 'proxy' ? detail.statusCode : undefined,
  });
}

/** The failure of a request whose response was cut off. */
export function interrupted(error: unknown): TransportError {
  return new TransportError('truncated', `the response was cut off: ${detailOf(error).message}`, {
    cause: error,
  });
}

function describe(reason: TransportFailure, { host }: URL): string {
  switch (reason) {
    case 'dns':
      return `the host ${host} was not found`;
    case 'tls':
      return `no trusted encrypted connection to ${host}`;
    default:
      return `no connection to ${host}`;
  }
}

/** The innermost error says most: fetch's own is always "fetch failed". */
function detailOf(error: unknown): { code: string; message: string; statusCode: number | undefined } {
  let innermost: unknown = error;
  for (let depth = 0; depth < 10; depth++) {
    const { cause, errors } = (innermost ?? {}) as { cause?: unknown; errors?: unknown };
    // Each address that was tried has an error of its own; the last is as good as any.
    const next = cause ?? (Array.isArray(errors) ? errors.at(-1) : undefined);
    if (next === undefined || next === null) break;
    innermost = next;
  }
  const { code, message, statusCode } = (innermost ?? {}) as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' && message !== '' ? message : String(innermost),
    statusCode: typeof statusCode === 'number' && statusCode > 0 ? statusCode : undefined,
  };
}
