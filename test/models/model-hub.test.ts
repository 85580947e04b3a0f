import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {hubIdOf, hubModelFolder, resolveHubModel} from '../../models/model-hub.ts';
import {serve} from '../launcher/file-server.ts';
import {hubStandIn, READER, STRANGER, tinyModelFiles, type HubStandIn} from './hub-stand-in.ts';

const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(40);
const ID = 'org/tiny';

let hub: HubStandIn;
let cache: string;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'ratchet-hub-'));
  const commits = {[FIRST]: tinyModelFiles('first'), [SECOND]: tinyModelFiles('second')};
  hub = await hubStandIn({
    [ID]: {revisions: {main: SECOND, 'v1.0': FIRST, 'refs/pr/1': FIRST}, commits},
    lonely: {revisions: {main: FIRST}, commits},
    'org/gated': {revisions: {main: FIRST}, commits, access: 'gated'},
    'org/private': {revisions: {main: FIRST}, commits, access: 'private'},
    'org/slow': {revisions: {main: FIRST}, commits: {[FIRST]: {'config.json': '{}'}}},
  });
  env = {RATCHET_CACHE: cache, HF_ENDPOINT: hub.url};
});
afterEach(async () => {
  await hub.close();
  await rm(cache, {recursive: true, force: true});
});
const fetched = async (id = ID, revision = 'main') =>
  hubModelFolder(await resolveHubModel({id, revision}, env), env);

describe('a revision', () => {
  test.each([
    ['a branch', 'main', SECOND],
    ['a tag', 'v1.0', FIRST],
    ['a name with slashes', 'refs/pr/1', FIRST],
    ['a commit', FIRST, FIRST],
  ])('that is %s becomes a commit', async (_, revision, commit) => {
    expect(await resolveHubModel({id: ID, revision}, env)).toEqual({id: ID, commit});
    expect(hub.asked.map((one) => one.path)).toEqual([
      `GET /api/models/${ID}/revision/${encodeURIComponent(revision)}`,
    ]);
  });

  test('is looked up anew each time, as a branch moves', async () => {
    await fetched();
    hub.repositories[ID] = {...hub.repositories[ID]!, revisions: {main: FIRST}};
    expect((await resolveHubModel({id: ID, revision: 'main'}, env)).commit).toBe(FIRST);
  });

  test('of an id without an owner', async () => {
    expect(await resolveHubModel({id: 'lonely', revision: 'main'}, env)).toEqual({
      id: 'lonely',
      commit: FIRST,
    });
  });
});

describe('the files for rendering', () => {
  test('are those of the commit, through the redirects, and no others', async () => {
    const folder = await fetched();
    expect(folder).toBe(path.join(cache, 'hub', 'org--tiny', SECOND));
    const {'README.md': _, ...expected} = tinyModelFiles('second');
    const files = await readdir(folder);
    expect(files.sort()).toEqual(Object.keys(expected).sort());
    for (const name of files)
      expect(await readFile(path.join(folder, name), 'utf8'), name).toBe(expected[name]);
    expect(await readdir(path.dirname(folder))).toEqual([SECOND]);
  });

  test('are fetched once: then nobody is asked, for a pinned commit not even what it is', async () => {
    const folder = await fetched();
    hub.asked.length = 0;
    expect(await hubModelFolder({id: ID, commit: SECOND}, env)).toBe(folder);
    expect(await fetched(ID, SECOND)).toBe(folder);
    expect(hub.asked).toEqual([]);
  });

  test('are whole where two fetch them at once', async () => {
    const folders = await Promise.all([fetched(), fetched(), fetched()]);
    expect(new Set(folders).size).toBe(1);
    expect(await readdir(path.dirname(folders[0]))).toEqual([SECOND]);
  });

  test('leave nothing behind where one of them fails', async () => {
    await expect(fetched('org/gated')).rejects.toMatchObject({type: 'AccessDenied'});
    expect(await readdir(path.join(cache, 'hub', 'org--gated'))).toEqual([]);
  });

  test('must be a fast tokenizer', async () => {
    await expect(fetched('org/slow')).rejects.toMatchObject({
      type: 'InvalidInput',
      message: `base_model.path: org/slow has no tokenizer.json and no tokenizer_config.json at ${FIRST.slice(0, 12)}: expected a model with a fast tokenizer; save it with one into a folder and name that`,
    });
  });
});

describe('HF_TOKEN', () => {
  test.each(['org/gated', 'org/private'])(
    'opens %s, and is not shown to the storage behind a redirect',
    async (id) => {
      env['HF_TOKEN'] = ` ${READER}\n`;
      await fetched(id);
      expect(hub.asked.filter((one) => one.path.startsWith('storage')).map((one) => one.token)).toEqual([
        null,
      ]);
      expect(
        new Set(hub.asked.filter((one) => !one.path.startsWith('storage')).map((one) => one.token)),
      ).toEqual(new Set([READER]));
    },
  );

  test('that cannot be sent is refused without being shown', async () => {
    env['HF_TOKEN'] = 'hf_se\ncret';
    const error = await fetched().catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(/^HF_TOKEN: expected one word/),
    });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('cret');
  });
});

describe('a refusal is one line that says what to do', () => {
  const host = () => new URL(hub.url).host;
  test.each<[string, {id?: string; revision?: string; token?: string}, string, () => string]>([
    [
      'an unknown id',
      {id: 'org/none', token: READER},
      'InvalidInput',
      () =>
        `base_model.path: ${host()} has no model org/none: check the id; if a folder is meant, it does not exist`,
    ],
    [
      'an unknown id, asked without a token',
      {id: 'org/none'},
      'AccessDenied',
      () =>
        `base_model.path: ${host()} shows no model org/none without a token: check the id; for a private or gated model set HF_TOKEN`,
    ],
    [
      'an unknown revision',
      {revision: 'v9'},
      'InvalidInput',
      () =>
        `base_model.revision: ${ID} has no revision v9 on ${host()}: expected a branch, tag or commit of it`,
    ],
    [
      'a gated model without a token',
      {id: 'org/gated'},
      'AccessDenied',
      () =>
        'base_model.path: org/gated is gated or private: set HF_TOKEN to a token of an account that has access',
    ],
    [
      'a gated model with a token that has no access',
      {id: 'org/gated', token: STRANGER},
      'AccessDenied',
      () =>
        `base_model.path: org/gated is gated or private, and HF_TOKEN's owner may not read it: ask for access at ${hub.url}/org/gated`,
    ],
    [
      'a private model without a token',
      {id: 'org/private'},
      'AccessDenied',
      () =>
        `base_model.path: ${host()} shows no model org/private without a token: check the id; for a private or gated model set HF_TOKEN`,
    ],
    [
      'a token that is not valid',
      {token: 'hf_old'},
      'AccessDenied',
      () =>
        `base_model.path: ${host()} refuses HF_TOKEN for ${ID}: expected a token that is valid and may read`,
    ],
  ])('%s', async (_, {id, revision, token}, type, message) => {
    if (token) env['HF_TOKEN'] = token;
    await expect(fetched(id, revision)).rejects.toMatchObject({type, message: message()});
  });

  test('nobody there', async () => {
    await hub.close();
    await expect(fetched()).rejects.toMatchObject({
      type: 'Unavailable',
      message: `${host()} cannot be reached (ECONNREFUSED) for the base model ${ID}: check the network and HF_ENDPOINT, or download the model into a folder and name that as base_model.path`,
    });
  });

  test.each(['huggingface.co', 'ftp://huggingface.co', 'https://me:secret@mirror.example'])(
    'HF_ENDPOINT %s',
    async (endpoint) => {
      env['HF_ENDPOINT'] = endpoint;
      await expect(fetched()).rejects.toMatchObject({
        type: 'InvalidInput',
        message:
          'HF_ENDPOINT: expected an http:// or https:// URL without credentials; a token belongs into HF_TOKEN',
      });
    },
  );

  test('something else than the Hub', async () => {
    env['HF_ENDPOINT'] = await serve((_, response) => response.end('<html>Please log in</html>'));
    await expect(fetched()).rejects.toMatchObject({
      type: 'InvalidInput',
      message: `${env['HF_ENDPOINT']}/api/models/${ID}/revision/main gave no \`sha\` and \`siblings\` of a model: expected the Hugging Face Hub there; check HF_ENDPOINT`,
    });
  });

  test.each([
    [429, 'RateLimited', 'was asked too often'],
    [503, 'Unavailable', 'answered with 503'],
  ])('status %i', async (status, type, said) => {
    env['HF_ENDPOINT'] = await serve((_, response) => response.writeHead(status).end());
    await expect(fetched()).rejects.toMatchObject({type, message: expect.stringContaining(said)});
  });
});

describe('base_model names an id', () => {
  test.each<[string, 'hf' | 'gguf', string | undefined, string | null]>([
    ['of an owner', 'hf', 'org/model', 'org/model'],
    ['without an owner', 'hf', 'gpt2', 'gpt2'],
    ['not where a folder of that name lies', 'hf', 'stores', null],
    ['not by a path', 'hf', './model', null],
    ['not by an absolute path', 'hf', '/srv/model', null],
    ['not by a path of three parts', 'hf', 'a/b/c', null],
    ['not for a GGUF file', 'gguf', 'org/model', null],
    ['not without a path', 'hf', undefined, null],
  ])('%s', (_, kind, given, id) => {
    const folder = path.join(import.meta.dirname, '..', '..');
    expect(hubIdOf({kind, path: given}, folder)).toBe(id);
  });
});
