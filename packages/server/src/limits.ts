/**
 * The limits that are counted whenever something reaches them: each is a value of the label `limit` of the metric
 * `cert_order_status_limit_reached_total`, which has all of them from the start.
 */
export const LIMITS = {
  connections: 'connections of a port in all',
  connectionsPerAddress: 'connections of one address, or IPv6 /64, to a port',
  proxyHeader: 'bytes, or seconds, of a PROXY protocol header that a trusted proxy has to send',
  requestsPerConnection: 'requests of one connection that wait for their responses',
  responseTime: 'seconds for a client to take a response',
  unsentBytes: 'bytes of responses of a port that clients do not take',
  unwantedBody: 'bytes, or seconds, of a body after the response to it',
  inFlight: 'reads that the database is answering for a process',
  accountRate: 'status requests of one account a minute',
  failedLogins: 'failed logins of one address, or of one login or token from one address',
  loginTurns: 'logins that wait for their turn, in number or in time',
  hashes: 'passwords that wait to be hashed, in number or in time',
  sharedLogins: 'verified logins that wait to be sent to another process',
  sessions: 'sessions of one account or token: the oldest has ended',
  accountTokens: 'valid tokens of one account',
  shareLinks: 'share links of one order, or of one account',
  managementBody: 'bytes of the body of a management request',
  batchResults: 'bytes of results of a batch that wait to be read',
  waitsPerToken: 'requests with one API token that wait for changes: the older one has ended',
  waitsPerAccount: 'requests of one account that wait for changes: the oldest has ended',
  openPages: 'pages that a process keeps up to date',
  openPagesPerAccount:
    'pages of one account, or opened with its share links, that a process keeps up to date',
  openPagesPerLink: 'pages opened with one share link that a process keeps up to date',
  openPagesOfLinks: 'pages opened with share links that a process keeps up to date',
  openPagesPerAddress: 'pages of one address, or IPv6 /64, that a process keeps up to date',
  webhookEndpoints: 'webhook endpoints of one account',
  webhookRequests: 'pings and resent events of one account an hour',
  webhookReplays: 'replays of webhook events of one account that a process has under way',
  upstreams: 'upstreams',
  upstreamTests: 'tests of one upstream that a process has under way',
  customerFollows:
    'order numbers to follow that customers of one account name at a time or an hour, or that an upstream has not confirmed',
  upstreamParameters: 'parameters of a response of an upstream',
  outboundRequests: 'requests of the service to others that are under way',
  outboundResponse: 'bytes of a response to a request of the service',
  stalledPages: 'seconds that a page kept up to date may take to read what it was sent',
} as const satisfies Record<string, string>;

export type LimitName = keyof typeof LIMITS;

/** Called each time that something reaches a limit. */
export type OnLimit = (limit: LimitName) => void;
