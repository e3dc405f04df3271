/** Addresses of services. */

/**
 * The live service, from the heading of the API's document. It is never a default: with a setting forgotten,
 * a password must not reach a third party by mistake.
 */
export const TRUST_PROVIDER_BASE_URL = 'https://secure.trust-provider.com';

const CHANGES_PATH = '/v1/changes';

/** Where the change feed of the service with this endpoint is, if it offers one. */
export function changesUrlBeside(endpoint: URL): URL {
  const url = new URL(endpoint);
  url.pathname = url.pathname.replace(/\/(?:products[^/]*\/)?[^/]*$/, CHANGES_PATH);
  return url;
}
