/** Where a service answers status requests, from the base URL that people give. */

const PATH = '/products/!GetDetailedOrderStatus';

/**
 * The endpoint under a base URL such as `https://orders.example.com`. A path in front of the API's is kept; a URL that
 * is an endpoint already is taken as it is.
 *
 * @throws TypeError when it is no https URL, or holds a login, a query or a fragment.
 */
export function endpointUnder(baseUrl: string | URL): URL {
  if (!URL.canParse(String(baseUrl))) {
    throw new TypeError(
      `baseUrl: '${redacted(baseUrl)}' is no URL: give one such as https://orders.example.com`,
    );
  }
  const url = new URL(baseUrl);
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('baseUrl: holds a login or a password: give those as loginName and loginPassword');
  }
  if (url.protocol !== 'https:') {
    throw new TypeError(
      `baseUrl: is ${url.protocol}//…, but must be https: it is where the password is sent`,
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw new TypeError('baseUrl: holds a query or a fragment, which the API has no use for');
  }
  if (!url.pathname.endsWith('GetDetailedOrderStatus')) {
    url.pathname = withoutEndingSlashes(url.pathname) + PATH;
  }
  return url;
}

function withoutEndingSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}

/** Without userinfo, which may contain a password. */
function redacted(baseUrl: string | URL): string {
  const text = String(baseUrl);
  const from = text.indexOf('//');
  const to = text.lastIndexOf('@');
  return from === -1 || to < from ? text : `${text.slice(0, from)}//…${text.slice(to)}`;
}
