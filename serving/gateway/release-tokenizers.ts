import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import {engineModelsOf} from '../../core/releases/models.ts';
import {short} from '../../schemas/names.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {BaseModel, Release} from '../../schemas/release.ts';
import {hubModelFolder} from '../../models/model-hub.ts';
import {openTokenizer} from '../clients/tokenizer/open-tokenizer.ts';
import type {BaseTokenizer} from './base-tokenizer.ts';

/**
 * The tokenizer that a release's prompts are rendered with: its base model's. That of a model on the Hugging Face Hub is
 * fetched into the user's cache, at the release's own commit; any other is the gateway's `--model`.
 */
export class ReleaseTokenizers {
  readonly #local: BaseTokenizer | null;
  readonly #model: string | null;
  readonly #ready = new Map<string, Tokenizer>();

  constructor(local: BaseTokenizer | null, model: string | null) {
    this.#local = local;
    this.#model = model;
  }

  /** Throws InvalidInput where the gateway has another base model or none, and what the Hub refuses. */
  async prepare(release: Release): Promise<void> {
    for (const {base} of engineModelsOf(release)) await this.#prepareBase(base);
  }

  async #prepareBase(base: BaseModel): Promise<void> {
    if (base.hub) {
      this.#ready.set(base.sha256, await openTokenizer(await hubModelFolder(base.hub)));
      return;
    }
    const {sha256} = this.#localOf(base);
    if (sha256 !== null && base.kind === 'gguf' && base.sha256 !== sha256)
      throw new RatchetError(
        ErrorType.InvalidInput,
        `its base model is ${short(base.sha256)}, ${this.#model} is ${short(sha256)}`,
      );
  }

  /** Of a base whose release was prepared. */
  of(base: BaseModel): Tokenizer {
    return this.#ready.get(base.sha256) ?? this.#localOf(base).tokenizer;
  }

  #localOf(base: BaseModel): BaseTokenizer {
    if (this.#local) return this.#local;
    throw new RatchetError(
      ErrorType.InvalidInput,
      `its base model ${base.name} is a file or folder, and this gateway has none: name it by --model or RATCHET_MODEL`,
    );
  }
}
