import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createSecureServer} from 'node:http2';
import {connect, type AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createServer, type Server} from 'node:tls';
import {Connection} from '@temporalio/client';
import {NativeConnection} from '@temporalio/worker';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {loadClientConnectConfig} from '@temporalio/envconfig';
import {externalTemporal} from '../../stack/temporal.ts';
import {makeCertificates, noOpenssl} from '../setup/certificates.ts';
import {temporalAddress} from '../setup/services.ts';

/** Temporal as a cluster has it: behind TLS that asks for a client certificate, or an API key. */
const folder = mkdtempSync(join(tmpdir(), 'ratchet-tls-'));
const file = (name: string) => join(folder, name);

beforeAll(() => {
  if (!noOpenssl) makeCertificates(folder, 'ca', {server: 'DNS:localhost', worker: 'DNS:localhost'});
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));
afterEach(() => vi.unstubAllEnvs());

const keys = (name: string) => ({
  key: readFileSync(file(`${name}.key`)),
  cert: readFileSync(file(`${name}.pem`)),
  ca: readFileSync(file('ca.pem')),
});

async function listening(
  server: {listen(port: number, host: string, done: () => void): unknown} & Pick<Server, 'address'>,
) {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `localhost:${(server.address() as AddressInfo).port}`;
}

/** How the CLI and the workers connect: by Temporal's own variables. */
async function systemInfo(): Promise<string[]> {
  const byCli = await Connection.connect({...externalTemporal()!.options, connectTimeout: '5 s'});
  const byWorker = await NativeConnection.connect(loadClientConnectConfig().connectionOptions);
  try {
    return [
      (await byCli.workflowService.getSystemInfo({})).serverVersion,
      (await byWorker.workflowService.getSystemInfo({})).serverVersion,
    ];
  } finally {
    await byCli.close();
    await byWorker.close();
  }
}

describe('a cluster that asks for a client certificate', () => {
  test.skipIf(noOpenssl)('is reached by Temporal’s variables, and not without the certificate', async () => {
    const [host, port] = temporalAddress().split(':');
    const proxy = createServer({...keys('server'), requestCert: true, ALPNProtocols: ['h2']}, (socket) => {
      const temporal = connect(Number(port), host);
      socket.on('error', () => temporal.destroy());
      temporal.on('error', () => socket.destroy());
      socket.pipe(temporal).pipe(socket);
    });
    proxy.on('tlsClientError', () => undefined);
    vi.stubEnv('TEMPORAL_ADDRESS', await listening(proxy));
    vi.stubEnv('TEMPORAL_TLS_SERVER_CA_CERT_PATH', file('ca.pem'));
    await expect(systemInfo()).rejects.toThrow();

    vi.stubEnv('TEMPORAL_TLS_CLIENT_CERT_PATH', file('worker.pem'));
    vi.stubEnv('TEMPORAL_TLS_CLIENT_KEY_PATH', file('worker.key'));
    const [cli, worker] = await systemInfo();
    expect(cli).toMatch(/^\d+\.\d+/);
    expect(worker).toBe(cli);
    proxy.close();
  });
});

test.skipIf(noOpenssl)('an API key goes along as a bearer token, over TLS', async () => {
  const asked: unknown[] = [];
  const cloud = createSecureServer(keys('server'), (request, response) => {
    asked.push(request.headers.authorization);
    // gRPC: unauthenticated.
    response.writeHead(200, {'content-type': 'application/grpc', 'grpc-status': '16'});
    response.end();
  });
  vi.stubEnv('TEMPORAL_ADDRESS', await listening(cloud));
  vi.stubEnv('TEMPORAL_TLS_SERVER_CA_CERT_PATH', file('ca.pem'));
  vi.stubEnv('TEMPORAL_API_KEY', 'key-of-the-cloud');
  await expect(systemInfo()).rejects.toThrow();
  await expect(NativeConnection.connect(loadClientConnectConfig().connectionOptions)).rejects.toThrow();
  expect(asked.length).toBeGreaterThanOrEqual(2);
  expect(new Set(asked)).toEqual(new Set(['Bearer key-of-the-cloud']));
  cloud.close();
});
