import {createHash} from 'node:crypto';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {byteAlphabet, CHATML} from '../core/prompts/tiny-gguf.ts';

export interface HubRepository {
  /** Branch or tag → commit. */
  readonly revisions: Readonly<Record<string, string>>;
  /** Commit → file → text. */
  readonly commits: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Gated: everybody sees that it is there, only READER may read its files. Private: READER alone sees it. */
  readonly access?: 'gated' | 'private';
}

/** The token that may read everything, and one of an account without any access. */
export const READER = 'hf_reader';
export const STRANGER = 'hf_stranger';

export interface HubStandIn {
  readonly url: string;
  /** May be changed while it runs: a push to the Hub. */
  readonly repositories: Record<string, HubRepository>;
  /** `GET /path`, with the token that came along; those to the storage behind the redirects begin with `storage`. */
  readonly asked: {readonly path: string; readonly token: string | null}[];
  close(): Promise<void>;
}

/**
 * What the Hub's REST interface answers about models, as huggingface_hub reads it (utils/_http.py, file_download.py):
 * - GET /api/models/ID/revision/REVISION → {id, sha, siblings: [{rfilename}]}, whatever sort of revision that is;
 * - GET /ID/resolve/REVISION/FILE → 302 to another host for a large file (LFS), 307 to a path of its own for a small one;
 * - refusals by status and X-Error-Code; unknown and private models are 401 RepoNotFound to whoever shows no token.
 * tokenizer.json is the large file.
 */
export async function hubStandIn(repositories: Record<string, HubRepository>): Promise<HubStandIn> {
  const asked: HubStandIn['asked'] = [];
  const storage = await listening((request, response) => {
    note('storage', request);
    const [, digest] = /^\/lfs\/(\w+)$/.exec(request.url!) ?? [];
    const all = Object.values(repositories).flatMap(({commits}) =>
      Object.values(commits).flatMap(Object.values<string>),
    );
    const text = all.find((one) => sha256(one) === digest);
    response.writeHead(text === undefined ? 403 : 200).end(text);
  });
  const hub = await listening((request, response) => {
    const token = note('', request);
    const url = decodeURI(request.url!);
    const [, ofApi, ofRevision] = /^\/api\/models\/((?:[^/]+\/)?[^/]+)\/revision\/([^/]+)$/.exec(url) ?? [];
    const [, ofFile, fileRevision, file] =
      /^\/(?:api\/resolve-cache\/models\/)?((?:[^/]+\/)?[^/]+)(?:\/resolve)?\/([^/]+)\/([^/]+)$/.exec(url) ??
      [];
    const id = ofApi ?? ofFile ?? '';
    const refuse = (status: number, code: string | null, error: string) =>
      response
        .writeHead(status, {...(code ? {'x-error-code': code} : {}), 'x-error-message': error})
        .end(JSON.stringify({error}));

    if (token !== null && token !== READER && token !== STRANGER)
      return refuse(401, null, 'Invalid credentials in Authorization header');
    const repository = repositories[id];
    const seen = repository && (repository.access !== 'private' || token === READER);
    if (!seen)
      return token === null
        ? refuse(401, 'RepoNotFound', 'Invalid username or password.')
        : refuse(404, 'RepoNotFound', 'Repository not found');
    const revision = decodeURIComponent(ofRevision ?? fileRevision!);
    const commit = repository.revisions[revision] ?? revision;
    const files = repository.commits[commit];
    if (!files) return refuse(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    if (ofApi !== undefined) {
      const siblings = ['.gitattributes', 'model.safetensors', ...Object.keys(files)].map((rfilename) => ({
        rfilename,
      }));
      const info = {
        _id: '66',
        id,
        modelId: id,
        private: false,
        gated: repository.access === 'gated',
        sha: commit,
      };
      return response
        .writeHead(200, {'content-type': 'application/json; charset=utf-8'})
        .end(JSON.stringify({...info, tags: [], downloads: 1, siblings}));
    }
    if (repository.access === 'gated' && token !== READER)
      return refuse(token === null ? 401 : 403, 'GatedRepo', `Access to model ${id} is restricted.`);
    const text = files[file!];
    if (text === undefined) return refuse(404, 'EntryNotFound', 'Entry not found');
    if (file === 'tokenizer.json')
      return response
        .writeHead(302, {
          location: `${storage.url}/lfs/${sha256(text)}`,
          'x-linked-etag': `"${sha256(text)}"`,
          'x-repo-commit': commit,
        })
        .end();
    if (url.startsWith('/api/resolve-cache/')) return response.writeHead(200).end(text);
    return response
      .writeHead(307, {
        location: `/api/resolve-cache/models/${id}/${commit}/${file}`,
        'x-repo-commit': commit,
      })
      .end();
  });

  function note(where: string, {method, url, headers}: IncomingMessage): string | null {
    const token = headers.authorization?.replace(/^Bearer /, '') ?? null;
    asked.push({path: `${where}${where && ' '}${method} ${url}`, token});
    return token;
  }
  return {
    url: hub.url,
    repositories,
    asked,
    async close() {
      await Promise.all([hub.close(), storage.close()]);
    },
  };
}

/** A tokenizer of bytes and the word ` ham`, with a chat template that `marks` a commit. */
export function tinyModelFiles(marks = ''): Record<string, string> {
  const vocab = Object.fromEntries([...byteAlphabet(), 'Ġh', 'Ġha', 'Ġham'].map((token, id) => [token, id]));
  const tokenizer = {
    version: '1.0',
    added_tokens: [{id: 259, content: '<|im_end|>', special: true}],
    normalizer: null,
    pre_tokenizer: {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true},
    post_processor: null,
    decoder: {type: 'ByteLevel'},
    model: {type: 'BPE', vocab, merges: ['Ġ h', 'Ġh a', 'Ġha m']},
  };
  return {
    'config.json': '{"model_type": "llama"}',
    'tokenizer.json': JSON.stringify(tokenizer),
    'tokenizer_config.json': JSON.stringify({eos_token: '<|im_end|>'}),
    'chat_template.jinja': marks + CHATML,
    'README.md': '# Tiny',
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{url: string; close(): Promise<void>}> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
