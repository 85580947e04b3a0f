import {execFileSync} from 'node:child_process';
import {appendFileSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {Provenance} from '../../schemas/dataset.ts';
import {openProject} from '../../cli/project.ts';
import {withTemporal} from '../../cli/temporal.ts';
import {environmentVariables, resolveEnvironment} from '../../launcher/environment.js';
import {bringDown} from '../../stack/bring-down.ts';
import {bringUpDetached} from '../../stack/bring-up.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {sentence} from '../activities/curate/workbench.ts';
import {User, type Answer} from '../cli/cli.ts';
import {addressOf, closed} from '../stores/objects/lossy-proxy.ts';
import {changed, replaced, tinyProject, type TinyProject} from './tiny-project.ts';

const MINUTES = 60_000;
const SOURCE = "uri: 'file:notes.jsonl'";
/** How a run of this project ends where nothing else is wrong: with data, and before any training. */
const AS_IT_IS =
  /^failed: dataset [0-9a-f]{12} has no row for any task in its validation split: add rows, or change curation\.split$/;

let tiny: TinyProject;
let stores: Stores;
let user: User;
let refusing: Server;
/** A small disk of its own for the store; null where none may be mounted. */
let disk: string | null;

beforeAll(async () => {
  tiny = await tinyProject('bad', project);
  const {folder} = tiny.project;
  const notes = Array.from({length: 60}, (_, i) => ({
    nr: `n${i}`,
    class: i % 2 === 0 ? 'ham' : 'spam',
    subject: `Note ${i}`,
    body: sentence(i),
  }));
  writeFileSync(path.join(folder, 'notes.jsonl'), notes.map((note) => `${JSON.stringify(note)}\n`).join(''));
  writeFileSync(path.join(folder, 'empty.jsonl'), '');
  disk = smallDisk(path.join(folder, 'disk'));
  process.env['RATCHET_STORE'] = pathToFileURL(path.join(folder, 'disk', 'store')).href;
  process.env['AWS_ACCESS_KEY_ID'] = 'nobody';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong-secret-of-nobody';
  tiny = {...tiny, project: openProject(tiny.project.file)};
  stores = await openStores(tiny.project.store);
  refusing = await refusingS3();
  user = new User({
    ...environmentVariables(resolveEnvironment()),
    RATCHET_STORE: process.env['RATCHET_STORE'],
    RATCHET_KEY: tiny.key.path,
    AWS_ACCESS_KEY_ID: process.env['AWS_ACCESS_KEY_ID'],
    AWS_SECRET_ACCESS_KEY: process.env['AWS_SECRET_ACCESS_KEY'],
  });
  await bringUpDetached(tiny.project, {say: () => undefined, withinMs: 300_000});
}, 10 * MINUTES);

afterAll(async () => {
  if (tiny) await bringDown(tiny.project.folder, () => undefined);
  if (refusing) await closed(refusing);
  if (disk) execFileSync('umount', [disk]);
}, 2 * MINUTES);

/** One source of notes, no validation rows, and one engine, which nobody asks. */
function project(yaml: string): string {
  const sources = yaml.slice(yaml.indexOf('sources:'), yaml.indexOf('input:'));
  const pieces = [
    [sources, `sources:\n  - {name: notes, ${SOURCE}, format: jsonl, fields: {id: nr, label: class}}\n`],
    ['validation: 0.1', 'validation: 0'],
    ['processes: 2', 'processes: 1'],
  ] as const;
  return pieces.reduce((text, [from, to]) => replaced(text, from, to), yaml);
}

function smallDisk(folder: string): string | null {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder], {stdio: 'pipe'});
    return folder;
  } catch {
    return null;
  }
}

/** A server that knows nobody's key, and says so as S3 does. */
async function refusingS3(): Promise<Server> {
  const server = createServer((call, reply) => {
    call.resume();
    reply.writeHead(403, {'content-type': 'application/xml'});
    reply.end('<Error><Code>InvalidAccessKeyId</Code><Message>The key does not exist.</Message></Error>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const run = (env: NodeJS.ProcessEnv = {}): Promise<Answer> => user.ratchet(['run', tiny.project.file], {env});

/** A run of the real command line with one piece of the YAML changed, which is then as it was. */
async function runWith(from: string, to: string): Promise<Answer> {
  const before = readFileSync(tiny.project.file, 'utf8');
  changed(tiny, from, to);
  try {
    return await run();
  } finally {
    writeFileSync(tiny.project.file, before);
  }
}

/** The last line that was said; there is exit code 1, no stack anywhere, and nothing on standard output. */
function lineOf({code, stdout, stderr}: Answer): string {
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain('unexpected');
  expect({code, stdout}).toEqual({code: 1, stdout: ''});
  return stderr.trimEnd().split('\n').at(-1)!;
}

const slow = {timeout: 5 * MINUTES};

test('but for its validation rows the project is right', slow, async () => {
  expect(lineOf(await run())).toMatch(AS_IT_IS);
});

test('an empty source', slow, async () => {
  expect(lineOf(await runWith(SOURCE, "uri: 'file:empty.jsonl'"))).toBe(
    'failed: source "notes": file:empty.jsonl holds no record',
  );
});

test('a file that is not there', slow, async () => {
  // Nothing is started for it.
  expect(await runWith(SOURCE, "uri: 'file:no/*.jsonl'")).toEqual({
    code: 2,
    stdout: '',
    stderr: `ratchet: source "notes": no file matches file:no/*.jsonl (seen from ${tiny.project.folder}): put the file there, or change \`uri\` in ratchet.yaml\n`,
  });
});

test('a source in a bucket that refuses the credentials', slow, async () => {
  const uri = `s3://bucket/notes.jsonl?endpoint=${addressOf(refusing)}&region=us-east-1`;
  const line = lineOf(await runWith(SOURCE, `uri: '${uri}'`));
  expect(line).toMatch(/^ratchet: .*s3:\/\/bucket.*: 403 .*: check the credentials \(AWS_ACCESS_KEY_ID, /);
  expect(line).not.toContain('wrong-secret-of-nobody');
});

test('a store that refuses the credentials', slow, async () => {
  const store = `s3://bucket/x?endpoint=${encodeURIComponent(addressOf(refusing))}&region=us-east-1`;
  const line = lineOf(await run({RATCHET_STORE: store}));
  expect(line).toMatch(/^ratchet: .*s3:\/\/bucket.*: 403 .*: check the credentials \(AWS_ACCESS_KEY_ID, /);
  expect(line).not.toContain('wrong-secret-of-nobody');
});

test('a row key that the workers do not have', slow, async () => {
  expect(lineOf(await run({RATCHET_PROJECT_KEY: '0bad'.repeat(16)}))).toMatch(
    /^failed: this worker's row key has the fingerprint [0-9a-f]{16}, the run was started with [0-9a-f]{16}: give it the same RATCHET_PROJECT_KEY$/,
  );
});

test(
  'an artifact whose bytes are not its digest’s; deleted, as the line says, it is made again',
  slow,
  async () => {
    const [dataset] = await Array.fromAsync(stores.objects.list('datasets/tiny/'));
    const version = await stores.registry.dataset('tiny', path.basename(dataset!, '.json'));
    const {shards} = await stores.artifacts.getJson(version.provenance, Provenance);
    const {ref} = shards.find(({split}) => split === 'train')!;
    const file = path.join(fileURLToPath(stores.objects.url), ref.uri);
    writeFileSync(file, 'x'.repeat(ref.bytes));
    const line = lineOf(await run());
    expect(line).toContain(`failed: ${ref.uri} in ${tiny.project.store} holds bytes that hash to `);
    expect(line).toMatch(/it was damaged or exchanged; restore it, or delete it and run again$/);
    rmSync(file);
    expect(lineOf(await run())).toMatch(AS_IT_IS);
  },
);

test('a full disk; with space again the run goes on, and nothing was lost', slow, async (context) => {
  context.skip(disk === null, 'no small disk may be mounted here');
  const before = await Array.fromAsync(stores.objects.list('datasets/'));
  const pointer = await stores.pointers.read('tiny');
  const filler = path.join(disk!, 'filler');

  // 1. Space for a run's record, none for its rows: a worker meets the end of the disk.
  fill(filler, 32_768);
  const anew = (): Promise<Answer> => runWith('shard_records: 60', 'shard_records: 60\n  min_chars: 21');
  expect(lineOf(await anew())).toMatch(/^failed: .*ENOSPC, no space left: free some and run again, /);

  // 2. None at all: the command itself meets it.
  fill(filler, 0);
  expect(lineOf(await anew())).toMatch(/^ratchet: .*ENOSPC, no space left: free some and run again, /);

  rmSync(filler);
  expect(await stores.pointers.read('tiny')).toEqual(pointer);
  expect((await stores.audit('tiny').verify()).breaks).toEqual([]);
  expect(lineOf(await anew())).toMatch(AS_IT_IS);
  expect(await Array.fromAsync(stores.objects.list('datasets/'))).toEqual(expect.arrayContaining(before));
});

/** Writes until so many bytes are left. */
function fill(file: string, left: number): void {
  const {bavail, bsize} = statfsSync(path.dirname(file));
  appendFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - left)));
}

test('none of it was tried again: no retry mends it', async () => {
  const attempts: string[] = [];
  let failures = 0;
  await withTemporal(tiny.project, async (client) => {
    for await (const {workflowId, runId} of client.workflow.list()) {
      const {events} = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      for (const event of events ?? []) {
        if (event.activityTaskFailedEventAttributes) failures++;
        const attempt = event.activityTaskStartedEventAttributes?.attempt ?? 1;
        if (attempt > 1) attempts.push(`${workflowId}: attempt ${attempt}`);
      }
    }
  });
  expect(failures).toBeGreaterThanOrEqual(7);
  expect(attempts).toEqual([]);
});
