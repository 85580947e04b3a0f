import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {KubernetesApi} from '../../../../serving/clients/kubernetes/api.ts';
import {kubernetesConnection} from '../../../../serving/clients/kubernetes/credentials.ts';
import {KubernetesStandIn} from '../../../kubernetes/stand-in.ts';
import {makeCertificates, noOpenssl} from '../../../setup/certificates.ts';

/** A cluster's API as a pod reaches it: https by the cluster's own CA, and the service account's files. */
const folder = mkdtempSync(join(tmpdir(), 'ratchet-kubernetes-tls-'));
const file = (name: string) => join(folder, name);
const account = file('serviceaccount');
const SLICES = {path: '/apis/discovery.k8s.io/v1/namespaces/ratchet/endpointslices'};

beforeAll(() => {
  if (noOpenssl) return;
  makeCertificates(folder, 'cluster-ca', {server: 'IP:127.0.0.1', elsewhere: 'DNS:kubernetes.example'});
  makeCertificates(folder, 'other-ca', {});
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

let cluster: KubernetesStandIn;
let api: KubernetesApi;
async function open(server: string, ca: string): Promise<void> {
  cluster = await new KubernetesStandIn({
    key: readFileSync(file(`${server}.key`)),
    cert: readFileSync(file(`${server}.pem`)),
  }).listen();
  mkdirSync(account, {recursive: true});
  writeFileSync(join(account, 'ca.crt'), readFileSync(file(`${ca}.pem`)));
  writeFileSync(join(account, 'namespace'), 'ratchet');
  writeFileSync(join(account, 'token'), `${cluster.token}\n`);
  const {port} = new URL(cluster.url);
  const env = {KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: port};
  api = new KubernetesApi(await kubernetesConnection(env, account));
}

describe.skipIf(noOpenssl)('the API over TLS, with the service account of the pod', () => {
  afterEach(async () => {
    api.close();
    await cluster.close();
  });

  describe('and the CA of the cluster', () => {
    beforeEach(() => open('server', 'cluster-ca'));

    test('answers, in the namespace of the pod', async () => {
      expect(await api.send(SLICES)).toMatchObject({kind: 'EndpointSliceList', items: []});
      expect(api.namespace).toBe('ratchet');
    });

    test('gets the token that the kubelet wrote last, on a connection that is kept', async () => {
      await api.send(SLICES);
      cluster.token = 'the next one';
      await expect(api.send(SLICES)).rejects.toMatchObject({
        type: 'AccessDenied',
        message: `Kubernetes refused GET ${SLICES.path} (401): Unauthorized; the service account's token is expired or of another cluster (behind kubectl proxy: your own credentials)`,
      });
      writeFileSync(join(account, 'token'), 'the next one');
      expect(await api.send(SLICES)).toMatchObject({items: []});
    });

    test('that lost its token says what the pod lacks', async () => {
      rmSync(join(account, 'token'));
      await expect(api.send(SLICES)).rejects.toMatchObject({
        type: 'InvalidInput',
        message: `${join(account, 'token')} cannot be read (ENOENT): give the pod a service account, and automountServiceAccountToken: true`,
      });
    });
  });

  test.each([
    ['of another CA', 'server', 'other-ca', 'unable to verify the first certificate'],
    ['of another host', 'elsewhere', 'cluster-ca', "IP: 127.0.0.1 is not in the cert's list"],
  ])('whose certificate is %s is told nothing, and named in one line', async (_, server, ca, why) => {
    await open(server, ca);
    const error = await api.send(SLICES).then(
      () => expect.fail('it was asked'),
      (caught: unknown) => caught as Error,
    );
    expect(error).toMatchObject({type: 'Unavailable'});
    expect(error.message).toContain(
      `${cluster.url} is not the Kubernetes API that the service account's ca.crt is for (`,
    );
    expect(error.message).toContain(why);
    expect(error.message).not.toContain('\n');
    expect(cluster.asked).toEqual([]);
  });
});
