import {request} from 'node:http';

/** Asks as a page in a browser would, whose name and site come as they are given; the status and what was answered. */
export function fromPage(
  url: string,
  {headers, body, method = 'POST'}: {headers: Record<string, string>; body?: string; method?: string},
): Promise<{readonly status: number; readonly text: string}> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {method, headers}, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('end', () => resolve({status: answer.statusCode!, text}));
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

/** The name of its own address in `Host` (DNS rebinding), its site in `Origin`, or the Origin of a sandboxed frame. */
export const PAGES = [
  ['of a name that was rebound', {host: 'evil.example:8100', origin: 'http://evil.example:8100'}],
  ['of a name that was rebound, asking without Origin', {host: 'evil.example:8100'}],
  ['of another site', {host: '127.0.0.1', origin: 'http://evil.example'}],
  ['in a sandboxed frame', {host: '127.0.0.1', origin: 'null'}],
] as const;
