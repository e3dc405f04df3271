import { sendRequest } from '../running-service.ts';

/** The metrics that a probe port responds with, as text. */
export async function readMetrics(port = 0): Promise<string> {
  const request = { scheme: 'http', port, method: 'GET', path: '/metrics', headers: {}, body: '' } as const;
  return (await sendRequest(request)).body;
}
