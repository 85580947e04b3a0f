import {freePorts, startService} from './child-service.ts';

/** https://github.com/Shopify/toxiproxy#toxics; `toxicity` is the share of connections that have it. */
export interface Toxic {
  readonly type: 'latency' | 'limit_data';
  readonly stream: 'upstream' | 'downstream';
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, number>>;
}

export interface Toxiproxy {
  /** `http://host:port` */
  readonly endpoint: string;
  add(toxic: Toxic): Promise<void>;
  /** As if nothing had been. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** A TCP proxy that can be told to be bad, in front of `target`. Throws what it said if it does not start. */
export async function startToxiproxy(binary: string, target: string): Promise<Toxiproxy> {
  const [control, listen] = await freePorts(2);
  const api = `http://127.0.0.1:${control}`;
  const service = await startService({
    name: 'toxiproxy',
    command: binary,
    args: ['-host', '127.0.0.1', '-port', String(control)],
    withinMs: 30_000,
    ready: () => call(`${api}/version`),
  });
  await call(`${api}/proxies`, {
    name: 's3',
    enabled: true,
    listen: `127.0.0.1:${listen}`,
    upstream: new URL(target).host,
  });
  return {
    endpoint: `http://127.0.0.1:${listen}`,
    add: (toxic) => call(`${api}/proxies/s3/toxics`, toxic),
    reset: () => call(`${api}/reset`, {}),
    stop: service.stop,
  };
}

async function call(url: string, body?: object): Promise<void> {
  const answer = await fetch(url, body === undefined ? {} : {method: 'POST', body: JSON.stringify(body)});
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 200)}`);
}
