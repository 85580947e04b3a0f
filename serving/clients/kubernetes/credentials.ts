import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {RatchetError} from '../../../schemas/errors.ts';

/** Where a pod finds its service account's token, the cluster's CA and its own namespace. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How to reach an API server, and as whom. */
export interface KubernetesConnection {
  /** https://HOST:PORT */
  readonly server: string;
  /** PEM; missing where `server` is http. */
  readonly ca?: string;
  /** Read anew for each request: the kubelet replaces it every hour. */
  readonly token: () => Promise<string | null>;
  /** Where this process runs itself. */
  readonly namespace: string;
}

/**
 * The API server as a pod sees it (KUBERNETES_SERVICE_HOST and the service account's folder), else RATCHET_KUBERNETES: the
 * address of `kubectl proxy`, which holds the user's credentials. Throws InvalidInput where there is neither.
 */
export async function kubernetesConnection(
  env: NodeJS.ProcessEnv = process.env,
  folder: string = SERVICE_ACCOUNT,
): Promise<KubernetesConnection> {
  const proxy = env['RATCHET_KUBERNETES'];
  const namespace = env['RATCHET_KUBERNETES_NAMESPACE'];
  if (proxy) {
    if (!/^https?:\/\//.test(proxy))
      throw new RatchetError(
        'InvalidInput',
        `RATCHET_KUBERNETES: expected the address of kubectl proxy, such as http://127.0.0.1:8001, got ${proxy}`,
      );
    return {server: proxy.replace(/\/+$/, ''), token: async () => null, namespace: namespace || 'default'};
  }
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'] || '443';
  if (!host)
    throw new RatchetError(
      'InvalidInput',
      'no Kubernetes to ask: this process runs in no pod (KUBERNETES_SERVICE_HOST is not set); start `kubectl proxy` and set RATCHET_KUBERNETES=http://127.0.0.1:8001',
    );
  const read = (name: string) =>
    readFile(path.join(folder, name), 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw new RatchetError(
        'InvalidInput',
        `${path.join(folder, name)} cannot be read (${cause.code}): give the pod a service account, and automountServiceAccountToken: true`,
        {cause},
      );
    });
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: await read('ca.crt'),
    token: async () => (await read('token')).trim(),
    namespace: namespace || (await read('namespace')).trim(),
  };
}
