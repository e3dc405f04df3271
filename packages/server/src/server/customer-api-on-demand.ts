/** The customer API, opened with the first request to it: it is large, and processes may never get one. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CustomerApi, CustomerApiParts } from '../customer-api/customer-api.ts';

/** A customer API that is not open yet; what cannot be answered ends its connection, and is logged. */
export function customerApiOnDemand(parts: CustomerApiParts): CustomerApi {
  let api: CustomerApi | undefined;
  let opening: Promise<CustomerApi> | undefined;
  let isStopping = false;

  async function open(): Promise<CustomerApi> {
    const { customerApi } = await import('../customer-api/customer-api.ts');
    api = await customerApi(parts);
    if (isStopping) api.stopWaiting();
    return api;
  }

  async function openAndHandle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    opening ??= open();
    (await opening).handler(request, response);
  }

  return {
    handler(request, response) {
      if (api !== undefined) {
        api.handler(request, response);
        return;
      }
      openAndHandle(request, response).catch((error) => {
        parts.logger.error({ err: error }, 'a request could not be answered');
        response.destroy();
      });
    },
    stopWaiting() {
      isStopping = true;
      api?.stopWaiting();
    },
    async close() {
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}
