import {CreateBucketCommand, S3Client} from '@aws-sdk/client-s3';
import {seededRandom} from '../../core/evaluation/statistics/random.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import {attended, cameTo} from './attended.ts';
import type {S3Fault} from './cases.ts';
import {startFailingProxy} from './failing-proxy.ts';
import {readsThrough} from './prove-toxic.ts';
import {startS3Server, type S3Server} from './s3-server.ts';
import {begin, Inconclusive, onScene, type CaseRun} from './scene.ts';
import {startToxiproxy, type Toxic} from './toxiproxy.ts';

const BUCKET = 'ratchet-chaos';
const FAILING_SHARE = 0.05;
/** Latency less its jitter. */
const LEAST_MS = 60;
/** What is done to connections, by toxiproxy. */
const TOXICS: Readonly<Record<Exclude<S3Fault, 'fails 5 % of requests'>, Toxic>> = {
  // Each answer's data comes 60 to 180 ms late: ten times what a store in the same region takes.
  'answers slowly': {
    type: 'latency',
    stream: 'downstream',
    toxicity: 1,
    attributes: {latency: 120, jitter: 60},
  },
  // A third of the connections ends after 100 kB of answers, in the middle of a body as often as not.
  'breaks off bodies': {
    type: 'limit_data',
    stream: 'downstream',
    toxicity: 0.33,
    attributes: {bytes: 100_000},
  },
};

/** Something between the stack and its store. */
interface Between {
  readonly endpoint: string;
  begin(): Promise<void>;
  /** Ends the fault; gives what it did, in words. */
  end(): Promise<string>;
  stop(): Promise<void>;
}

/** From data to traffic over an S3 that misbehaves from the moment when the stack is up. Inconclusive without the servers. */
export async function faultyS3Run(fault: S3Fault, seed: string): Promise<CaseRun> {
  const {versitygw} = resolveEnvironment();
  if (versitygw === undefined)
    throw new Inconclusive('no S3 server: the launcher builds one where Go is installed');
  const server = await startS3Server(versitygw);
  try {
    await makeBucket(server);
    const between =
      fault === 'fails 5 % of requests'
        ? await failing(server.endpoint, seed)
        : await toxic(server, TOXICS[fault]);
    try {
      return await onScene(
        async (scene) => {
          const time = Date.now();
          await between.begin();
          const run = await begin(scene);
          const result = await attended(scene, run);
          const told = await between.end();
          const until = Date.now();
          const blow = {
            what: `S3 ${fault}`,
            at: 'the whole run',
            time,
            until,
            back: null,
            resumed: null,
          };
          return {...(await cameTo(scene, result, [blow])), told};
        },
        {env: environment(server, between.endpoint)},
      );
    } finally {
      await between.stop();
    }
  } finally {
    await server.stop();
  }
}

async function failing(target: string, seed: string): Promise<Between> {
  let on = false;
  const proxy = await startFailingProxy({
    target,
    share: FAILING_SHARE,
    random: seededRandom(seed),
    failing: () => on,
  });
  return {
    endpoint: proxy.endpoint,
    begin: async () => void (on = true),
    end: async () => {
      on = false;
      const {asked, failed} = proxy.counts();
      if (failed === 0) throw new Error(`none of ${asked} requests was failed`);
      return `${failed} of ${asked} requests got 503`;
    },
    stop: () => proxy.close(),
  };
}

async function toxic(server: S3Server, one: Toxic): Promise<Between> {
  const {toxiproxy} = resolveEnvironment();
  if (toxiproxy === undefined)
    throw new Inconclusive('no toxiproxy: the launcher builds it where Go is installed');
  let said = '';
  const proxy = await startToxiproxy(toxiproxy, server.endpoint);
  return {
    endpoint: proxy.endpoint,
    begin: async () => {
      await proxy.add(one);
      const {reads, broken, fastestMs} = await readsThrough(proxy.endpoint, server, BUCKET);
      const bad = one.type === 'limit_data' ? broken > 0 : fastestMs !== null && fastestMs >= LEAST_MS;
      said = `of ${reads} reads of 300 kB ${broken} broke off, the fastest took ${fastestMs?.toFixed(0) ?? '–'} ms`;
      if (!bad) throw new Error(`toxiproxy does nothing: ${said}`);
    },
    end: async () => {
      await proxy.reset();
      return said;
    },
    stop: () => proxy.stop(),
  };
}

async function makeBucket({endpoint, region, accessKeyId, secretAccessKey}: S3Server): Promise<void> {
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: {accessKeyId, secretAccessKey},
  });
  await client.send(new CreateBucketCommand({Bucket: BUCKET}));
  client.destroy();
}

function environment({region, accessKeyId, secretAccessKey}: S3Server, endpoint: string) {
  return {
    RATCHET_STORE: `s3://${BUCKET}/store?endpoint=${encodeURIComponent(endpoint)}&region=${region}&style=path`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}
