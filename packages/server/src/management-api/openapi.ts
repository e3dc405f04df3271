/** The description of the API, made of the schemas that validate. */

import { readFileSync } from 'node:fs';
import swagger from '@fastify/swagger';
import { Type } from 'typebox';
import type { TokenScope } from '../accounts/tokens.ts';
import { type Api, responses } from './route.ts';

const DESCRIPTION = `Feeds the order database behind GetDetailedOrderStatus, and tells what happens in it.

Every request bears a token (\`cert-order-status token create NAME --scope read|write|admin\`); a scope allows what those before it do. Orders and certificates are written as everywhere in this system, with the names of the wire.

**Repeating requests.** No idempotency key is needed: every change names the order it is about, by a number that the caller gives, and says what it is to become rather than what to do to it. The same again finds the order as it was to become, changes nothing, adds nothing to the history, and is answered alike. A request with If-Match that was carried out is answered with version-mismatch when it is repeated: then read the order, and see whether it has become what it was to be.

**Errors** are problem documents (RFC 9457) that name the field and, where a rule of the order database is broken, the rule.`;

/** Adds `/openapi.json`; to be called before the routes are added. */
export async function describeApi(api: Api): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'cert-order-status management API', version, description: DESCRIPTION },
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token with a scope.' } },
      },
    },
    refResolver: {
      buildLocalReference: (schema, _baseUri, _fragment, index) => String(schema['$id'] ?? `schema-${index}`),
    },
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
