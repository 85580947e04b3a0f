// @ts-check
import {existsSync, readFileSync} from 'node:fs';
import {devNull, homedir} from 'node:os';
import {join} from 'node:path';
import {reason} from './download.js';
import {StepError} from './step-error.js';

/**
 * The Python package index that the user has configured, for uv or for pip.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} the URL of its simple API, without a slash at the end
 */
export function configuredIndex(env) {
  const url =
    env['UV_DEFAULT_INDEX'] || env['UV_INDEX_URL'] || env['PIP_INDEX_URL'] || indexOfPipFiles(pipFiles(env));
  return url?.replace(/\/+$/, '');
}

/**
 * uv does not read pip's settings: this hands the index over, where uv has none of its own.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Record<string, string>}
 */
export function indexForUv(env) {
  if (env['UV_DEFAULT_INDEX'] || env['UV_INDEX_URL'] || env['UV_CONFIG_FILE']) return {};
  const url = configuredIndex(env);
  return url === undefined ? {} : {UV_DEFAULT_INDEX: url};
}

/**
 * Where the index serves one file, by the simple repository API: its JSON form (PEP 691), else its HTML (PEP 503).
 * @param {string} index
 * @param {string} file of the form NAME-VERSION-….whl
 * @param {number} connectMs
 * @returns {Promise<string>} an absolute URL
 */
export async function urlOfFile(index, file, connectMs) {
  const name = /** @type {string} */ (file.split('-')[0]).toLowerCase().replace(/[-_.]+/g, '-');
  const page = `${index}/${name}/`;
  const tried = `asked ${new URL(page).host} for ${file}`;
  let body;
  let type;
  let base;
  try {
    const answer = await fetch(page, {
      headers: {accept: 'application/vnd.pypi.simple.v1+json, text/html;q=0.5'},
      signal: AbortSignal.timeout(connectMs),
    });
    if (!answer.ok) throw new Error(`HTTP status ${answer.status}`);
    base = answer.url;
    type = answer.headers.get('content-type') ?? '';
    body = await answer.text();
  } catch (error) {
    throw new StepError(
      {tried, came: reason(error), todo: 'check the network and the index (UV_DEFAULT_INDEX, PIP_INDEX_URL)'},
      {cause: error},
    );
  }
  const url = type.includes('json') ? urlInJson(body, file) : urlInHtml(body, file);
  if (url === undefined) {
    throw new StepError({
      tried,
      came: 'it does not list that file',
      todo: 'use an index that mirrors the public one in full (UV_DEFAULT_INDEX, PIP_INDEX_URL)',
    });
  }
  return new URL(url, base).href;
}

/**
 * @param {string} body
 * @param {string} file
 * @returns {string | undefined}
 */
function urlInJson(body, file) {
  /** @type {{files: {filename: string, url: string}[]}} */
  const page = JSON.parse(body);
  return page.files.find((entry) => entry.filename === file)?.url;
}

/**
 * @param {string} body
 * @param {string} file
 * @returns {string | undefined}
 */
function urlInHtml(body, file) {
  for (const match of body.matchAll(/<a\s[^>]*href\s*=\s*["']([^"']+)["'][^>]*>([^<]*)<\/a>/gi)) {
    if (match[2]?.trim() === file) return match[1]?.replaceAll('&amp;', '&');
  }
  return undefined;
}

/**
 * pip's configuration files, the stronger first; none where PIP_CONFIG_FILE is the null device.
 * @param {NodeJS.ProcessEnv} env
 */
function pipFiles(env) {
  if (env['PIP_CONFIG_FILE'] === devNull) return [];
  const home = env['HOME'] || homedir();
  const configuration = env['XDG_CONFIG_HOME'] || join(home, '.config');
  return [
    env['PIP_CONFIG_FILE'],
    env['VIRTUAL_ENV'] && join(env['VIRTUAL_ENV'], 'pip.conf'),
    join(configuration, 'pip', 'pip.conf'),
    process.platform === 'darwin' && join(home, 'Library', 'Application Support', 'pip', 'pip.conf'),
    join(home, '.pip', 'pip.conf'),
    '/etc/pip.conf',
  ];
}

/**
 * @param {readonly (string | false | undefined)[]} files
 * @returns {string | undefined}
 */
function indexOfPipFiles(files) {
  for (const file of files) {
    if (!file || !existsSync(file)) continue;
    const match = /^\s*index[-_]url\s*[=:]\s*(\S+)/m.exec(readFileSync(file, 'utf8'));
    if (match?.[1] !== undefined) return match[1];
  }
  return undefined;
}
