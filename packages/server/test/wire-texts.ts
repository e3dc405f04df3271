/** Requests as clients write them, and answers byte for byte. */

/** The arguments that log in. */
export const LOGIN = 'loginName=acme-hosting&loginPassword=correct+horse';

/** A good request about the order of the API's documentation. */
export const QUESTION = `${LOGIN}&orderNumber=7250060&queryType=0`;

/** The answer to {@link QUESTION}. */
export const STATUS_ANSWER =
  'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending' +
  '&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Validation';

export const NOT_HTTPS = 'errorCode=-1&errorMessage=Request+was+not+made+over+https%21';
export const LOGIN_NAME_MISSING = 'errorCode=-3&errorMessage=The+%27loginName%27+argument+is+missing';
export const ORDER_NUMBER_INVALID =
  'errorCode=-4&errorMessage=The+value+of+the+%27orderNumber%27+argument+is+invalid%21';
export const CERTIFICATE_ID_INVALID =
  'errorCode=-4&errorMessage=The+value+of+the+%27certificateID%27+argument+is+invalid%21';
export const UNKNOWN_ERROR = 'errorCode=-14&errorMessage=An+unknown+error+occurred%21';
export const PERMISSION_DENIED = 'errorCode=-16&errorMessage=Permission+denied%21';
export const NOT_POST = 'errorCode=-17&errorMessage=Request+used+GET+rather+than+POST%21';
