/** What a request of the change feed is authorised with. */

/** What an account may give: a token, or login and password. */
export interface AccountCredentials {
  readonly token: string | undefined;
  readonly loginName: string | undefined;
  readonly loginPassword: string | undefined;
}

/** Makes the Authorization header, and takes its secrets out of texts. */
export class FeedCredentials {
  readonly #given: AccountCredentials;

  constructor(given: AccountCredentials) {
    this.#given = given;
  }

  /**
   * The header: the token if there is one, else login and password in Basic, as UTF-8 (RFC 7617).
   *
   * @throws RangeError for a login that contains `:`.
   */
  authorization(): string {
    const { token, loginName = '', loginPassword = '' } = this.#given;
    if (token !== undefined) return `Bearer ${token}`;
    if (loginName.includes(':')) {
      throw new RangeError(
        "loginName: contains ':', where Basic ends a login: the change feed needs an API token of the account (token)",
      );
    }
    return `Basic ${base64(`${loginName}:${loginPassword}`)}`;
  }

  /** A service that gives a request back in its message must not get the secrets into an error. */
  hideIn(text: string): string {
    const { token, loginName = '', loginPassword } = this.#given;
    const secrets =
      loginPassword === undefined ? [] : [base64(`${loginName}:${loginPassword}`), loginPassword];
    if (token !== undefined) secrets.push(token);
    return secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text);
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
