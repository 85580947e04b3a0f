// @ts-check
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {PACKAGE_ROOT} from './locations.js';

/**
 * Exact version and digest of everything the launcher fetches. Raised by hand, with the digests of the new
 * version; what arrives with another digest is refused.
 *
 * @typedef {{file: string, sha256: string}} PinnedFile
 * @typedef {{from: string, bytes: number, sha256: string}} PinnedContent
 * @typedef {{wheel: PinnedFile, files: Record<string, PinnedContent>}} PinnedModel
 * @typedef {{
 *   node: {minimum: string, packages: Record<string, {name: string, version: string, integrity: string}>},
 *   uv: {version: string, wheels: Record<string, PinnedFile>},
 *   models: Record<'smollm2-135m-instruct' | 'wordllama', PinnedModel>,
 *   gemma: {terms: {option: string, name: string, at: string}, parts: (PinnedContent & {wheel: PinnedFile})[], bytes: number, sha256: string},
 *   llama: {version: string},
 *   temporal: {version: string, archives: Record<string, PinnedFile>},
 *   versitygw: {version: string},
 *   otelcol: {version: string},
 *   toxiproxy: {version: string},
 *   helm: {version: string},
 * }} Pins
 *
 * `gemma`: its file comes in parts, one behind the other, and only to who accepts its terms.
 */

/** @type {Pins} */
export const PINS = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'launcher', 'pins.json'), 'utf8'));

/** `linux-x64`, `darwin-arm64` …: how pins name a machine. */
export const MACHINE = `${process.platform}-${process.arch}`;
