/** The description of the API, made of the schemas that validate. */

import { Type } from 'typebox';
import type { TokenScope } from '../accounts/tokens.ts';
import { type Api, describeApi } from '../json-api/json-api.ts';
import { responses } from './route.ts';

const DESCRIPTION = [
  'Reports orders and their changes to the order database behind GetDetailedOrderStatus, and returns what changed.',
  'Every request has a bearer token (`cert-order-status token create NAME --scope read|write|admin`); each scope includes those ' +
    'before it. Orders and certificates have the field names of the API.',
  '**Retries.** No idempotency key is needed: every change names its order by a number that the client chooses, and says what ' +
    'the order becomes. A repeated request finds the order in that state, changes nothing, adds nothing to the history, and gets ' +
    'the same response. A repeated request with If-Match that had been carried out gets version-mismatch: read the order, which ' +
    'shows the change.',
  '**Errors** are problem documents (RFC 9457) that name the field and, where a change breaks a rule of the order database, the rule.',
].join('\n\n');

/** Adds `/openapi.json`; to be called before the routes are added. */
export async function describeManagementApi(api: Api): Promise<void> {
  await describeApi(api, {
    title: 'cert-order-status management API',
    description: DESCRIPTION,
    securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token with a scope.' } },
  });
  api.addHook('onRoute', ({ method, config, schema }) => {
    // A route of HEAD has the schema of its GET.
    if (method === 'HEAD' || schema === undefined || config?.scope === undefined) return;
    const scope: TokenScope = config.scope;
    schema.security = [{ token: [scope] }];
    schema.description = [schema.description, `Needs a token with scope ${scope}.`].filter(Boolean).join(' ');
  });
  api.get(
    '/openapi.json',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getDescription',
        summary: 'This description (OpenAPI 3.1)',
        response: responses({ 200: Type.Object({}, { description: 'The document.' }) }),
      },
    },
    async () => api.swagger(),
  );
}
