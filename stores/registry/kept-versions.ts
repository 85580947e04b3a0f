import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {hmacSha256} from '../../core/identity/hmac.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {KeptVersion} from '../../schemas/kept-version.ts';
import type {Build} from '../../host/build.ts';
import {readDocument, writeDocument} from '../objects/documents.ts';
import {keySegment} from '../objects/object-key.ts';
import type {Stores} from '../stores.ts';

/**
 * The workflow code of every version that a project's runs were started with: so a run that waits for a month goes on with
 * the code it began with, whatever the checkout holds by then, on whatever machine.
 */
export class KeptVersions {
  readonly #stores: Pick<Stores, 'objects' | 'artifacts'>;
  readonly #project: string;
  readonly #rowKey: Uint8Array;

  constructor(stores: Pick<Stores, 'objects' | 'artifacts'>, project: string, rowKey: Uint8Array) {
    this.#stores = stores;
    this.#project = project;
    this.#rowKey = rowKey;
  }

  /**
   * Keeps a bundle under its build ID; the first one stays. Throws InvalidInput if other sources are kept under that ID:
   * runs that were started with those could not be told from runs of these.
   */
  async keep({id, sources, sdk}: Build, bundle: string, at: string): Promise<void> {
    const there = await this.#read(id);
    if (there === null) {
      const ref = await this.#stores.artifacts.putBytes(bundle, 'text/javascript');
      const version = {v: 1 as const, project: this.#project, build: id, sources, sdk, bundle: ref, at};
      const {objects} = this.#stores;
      await writeDocument(
        objects,
        this.#key(id),
        KeptVersion,
        {...version, seal: this.#seal(version)},
        {
          ifNoneMatch: '*',
        },
      );
    }
    const kept = there ?? (await this.#read(id));
    if (kept !== null && kept.sources !== sources)
      throw new RatchetError(
        ErrorType.InvalidInput,
        `build ${id} of ${this.#project} is kept with other workflow code (${kept.sources.slice(0, 12)}, here ${sources.slice(0, 12)}): give this one another RATCHET_BUILD_ID`,
      );
  }

  /**
   * The code of a version; null where none is kept. Throws DigestMismatch if it is not what a worker of this project kept,
   * InvalidInput if it was made for another version of Temporal's SDK.
   */
  async code(build: string, sdk: string): Promise<string | null> {
    const kept = await this.#read(build);
    if (kept === null) return null;
    if (kept.sdk !== sdk)
      throw new RatchetError(
        ErrorType.InvalidInput,
        `it needs Temporal's SDK ${kept.sdk}, and this worker has ${sdk}: run a workflow worker of the earlier checkout in parallel, or move its runs (docs/upgrades.md)`,
      );
    return this.#stores.artifacts.getText(kept.bundle);
  }

  async #read(build: string): Promise<KeptVersion | null> {
    const found = await readDocument(this.#stores.objects, this.#key(build), KeptVersion);
    if (found === null) return null;
    const {seal, ...version} = found.value;
    if (seal !== this.#seal(version))
      throw new RatchetError(
        ErrorType.DigestMismatch,
        `${this.#key(build)} in ${this.#stores.objects.url} was not written with this project's row key, or was changed: its code is not run; restore it`,
      );
    return found.value;
  }

  #seal(version: Omit<KeptVersion, 'seal'>): string {
    return hmacSha256(this.#rowKey, `workflow code ${canonicalJson(version)}`);
  }

  #key(build: string): string {
    return `versions/${keySegment(this.#project)}/${keySegment(build)}.json`;
  }
}
