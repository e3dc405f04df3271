/**
 * The clauses that a server of the GetDetailedOrderStatus API is tested against. "(1)", "(2.1)" and "(2.2)" are
 * sections of the API's document; "(1.08)" is the revision that added the clause.
 */

/** The groups of clauses, in the order of the report. */
export const GROUPS = {
  T: 'Transport',
  A: 'Arguments',
  L: 'Login',
  R: 'Responses',
  E: 'Encoding',
  V: 'Later revisions',
} as const;

/** The first letter of a clause's number. */
export type Group = keyof typeof GROUPS;

/** Every clause: its number and name, what it demands and where that stands. */
export const CLAUSES = {
  'T1 plain-http': 'A request over plain http gets errorCode -1 (2.2)',
  'T2 get': 'A GET request gets errorCode -17 (2.2)',
  'T3 other-methods': 'No method but POST is served (2.2)',
  'T4 mime-type': 'The MIME type of a response is application/x-www-form-urlencoded (2.1)',
  'T5 http-status':
    'A response with an errorCode has HTTP status 200 (reading: clients read the body of no other status)',
  'T6 content-type': 'The Content-Type of a request may have parameters, in any letter case (1)',
  'T7 path-variants': 'The path may be written with %21; the other published spellings are served (heading)',
  'T8 misspelt-path': 'A misspelt path is not answered with a page (heading)',
  'T9 url-arguments': 'Arguments in the URL are not read (1)',
  'T10 caching': 'Responses are not to be cached (reading)',
  'A1 letter-case': 'The names of arguments are case-insensitive (1)',
  'A2 unrecognised': 'An unrecognised argument gets errorCode -2, which names it (2.2)',
  'A3 missing-login-name': 'A missing loginName gets errorCode -3, which names it (1, 2.2)',
  'A4 missing-login-password': 'A missing loginPassword gets errorCode -3, which names it (1, 2.2)',
  'A5 missing-number': 'Without orderNumber and certificateID the response is errorCode -3 (1, 2.2)',
  'A6 missing-query-type': 'A missing queryType gets errorCode -3, which names it (1, 2.2)',
  'A7 empty-value': 'An empty value counts as missing: errorCode -3 (reading)',
  'A8 invalid-order-number':
    'An orderNumber that is not a positive integer gets errorCode -4, which names it (1, 2.2)',
  'A9 invalid-certificate-id':
    'A certificateID that is not an integer of 1 to 16 digits gets errorCode -4, which names it (1, 2.2)',
  'A10 invalid-query-type': 'A queryType other than 0, 1 and 2 gets errorCode -4, which names it (1, 2.2)',
  'A11 twice': 'An argument that is given twice gets errorCode -4 (reading)',
  'A12 unknown-order': 'An orderNumber that is not of the account gets errorCode -4, which names it (1, 2.2)',
  'A13 unknown-certificate':
    'A certificateID that is not of the account gets errorCode -4, which names it (1, 2.2)',
  'A14 certificate-of-order': 'A certificateID beside an orderNumber must be of that order: errorCode -4 (1)',
  'A15 login-name-length': 'A loginName of more than 64 characters gets errorCode -4 or -16 (1)',
  'A16 precedence': 'Of several errors, -2 comes first, then -3, -4 of a value, -16 (reading)',
  'A17 decoding': 'Values are decoded as a form: percent-encoding, + and leading zeros (1)',
  'A18 surroundings': 'A byte-order mark before and a line end after the body are ignored (reading)',
  'A19 error-texts': "The errorMessage is the document's text, letter for letter (2.2)",
  'L1 unknown-login': 'An unknown login gets errorCode -16 (2.2)',
  'L2 wrong-password': 'A wrong password gets errorCode -16 (2.2)',
  'L3 indistinguishable': 'The response does not tell an unknown login from a wrong password (reading)',
  'L4 password-case': 'The password is case-sensitive (1)',
  'R1 success': 'A request for an order of the account gets errorCode 0, without errorMessage (2.2)',
  'R2 errors': 'An error has errorCode, errorMessage and no more (2.2)',
  'R3 order-number': '1_orderNumber is the number of the request (2.2)',
  'R4 numbering': 'Orders and their certificates are numbered from 1, without gaps (2.2)',
  'R5 order-date-time': 'X_orderDateTime is a time, YYYY-MM-DD HH:MM (2.2)',
  'R6 order-status': 'X_orderStatus is a word for a known state (2.2)',
  'R7 order-status-reason': 'X_orderStatusReason is only there for rejected orders (2.2)',
  'R8 suggested-org-details':
    'X_suggestedOrgDetails is Found, NotFound, NotYetCompleted or NotApplicable (2.2)',
  'R9 serial-number': 'X_Y_serialNumber is a hexadecimal number (2.2)',
  'R10 certificate-status': 'X_Y_certificateStatus is a word for a known state (2.2)',
  'R11 certificate-status-reason':
    'X_Y_certificateStatusReason is only there for rejected and revoked certificates (2.2)',
  'R12 check-values': 'The checks of a certificate are -1, 0, 1 or 2 (2.2)',
  'R13 query-type-0': 'queryType 0 returns no checks (1, 2.2)',
  'R14 query-type-1': 'queryType 1 returns all seven checks of each certificate (1, 2.2)',
  'R15 consistency': 'queryType 0 and 1 agree in everything but the checks (1)',
  'R16 query-type-2': 'queryType 2 returns what queryType 1 does, and replacement orders after it (1)',
  'R17 no-duplicates': 'A parameter occurs once (2.2)',
  'R18 no-empty-values': 'A parameter that does not apply is absent, not empty (2.2)',
  'R19 documented-names': 'All parameters are documented ones (2.2)',
  'R20 parameter-order': 'Parameters have the order of the document (reading)',
  'R21 one-certificate': 'A request with a certificateID returns that one certificate (1)',
  'E1 form': 'A response is a form: name=value, percent-encoded UTF-8 (2.1)',
  'E2 serialisation': 'A response is serialised as the URL standard does (reading)',
  'E3 nothing-around': 'Nothing precedes or follows the form (reading)',
  'V1 show-validity-period': 'showValidityPeriod=Y and N are understood; N is the default (before 1.05)',
  'V2 validity-period':
    'X_Y_notBefore and X_Y_notAfter are seconds since 1970, the first before the second (before 1.05)',
  'V3 invalid-show-validity-period': 'showValidityPeriod other than Y and N gets errorCode -4 (before 1.05)',
  'V4 response-format-1': 'responseFormat=1 is understood, and the default (1.08)',
  'V5 response-format-2': 'responseFormat=2 returns the same as JSON (1.08)',
  'V6 json-errors': 'With responseFormat=2 errors are JSON, too (1.08)',
  'V7 invalid-response-format': 'responseFormat other than 1 and 2 gets errorCode -4 (1.08)',
  'V8 only-when-asked': 'A request that uses nothing newer than 1.2 gets no validity period (before 1.05)',
} as const;

/** The number and name of a clause. */
export type ClauseName = keyof typeof CLAUSES;

/** All of them, in the order of the report. */
export const CLAUSE_NAMES = Object.keys(CLAUSES) as ClauseName[];

/** The group that a clause belongs to. */
export function groupOf(clause: ClauseName): Group {
  return clause[0] as Group;
}
