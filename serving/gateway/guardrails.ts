import type {Entity} from '../../schemas/names.ts';
import type {Lookups} from '../../core/curation/pii/recogniser.ts';
import {scrub} from '../../core/curation/pii/scrub.ts';
import type {Release} from '../../schemas/release.ts';
import {checkPatterns} from './block-patterns.ts';
import {GatewayError} from './gateway-error.ts';

/** Characters that people don't see and models read: zero-width ones, bidi controls, tags. */
const INVISIBLE =
  /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** A release's guardrail policy, ready to use. */
export class Guardrails {
  readonly #policy: Release['guardrails'];
  readonly #entities: readonly Entity[];
  readonly #key: Uint8Array;

  /** Throws InvalidInput for a pattern that is no regular expression. */
  constructor(release: Release, key: Uint8Array) {
    this.#policy = release.guardrails;
    this.#key = key;
    this.#entities = release.transform.pii as Entity[];
    checkPatterns(release.guardrails.blockPatterns);
  }

  /** Regular expressions that no request may hold. */
  get blockPatterns(): readonly string[] {
    return this.#policy.blockPatterns;
  }

  /** All that came, in characters, before anything reads it. Throws GatewayError 400. */
  checkLength(chars: number): void {
    if (chars > this.#policy.maxInputChars)
      throw new GatewayError(
        400,
        'input_too_long',
        `messages: ${chars} characters, at most ${this.#policy.maxInputChars} are taken`,
        {param: 'messages'},
      );
  }

  /** Whether an answer may only leave scrubbed. */
  get scrubsOutput(): boolean {
    return this.#policy.scrubOutput;
  }

  /** A whole answer of the model, as its user may see it. */
  whole(text: string): string {
    return this.answer(this.visible(text).trim());
  }

  /** An answer, or a piece of one cut where nothing is cut in two, as its user may see it. `lookups`: of all its pieces. */
  answer(text: string, lookups?: Lookups): string {
    const visible = this.visible(text);
    return this.#policy.scrubOutput ? this.scrubbed(visible, lookups) : visible;
  }

  /** Without invisible characters, where the policy says so: they divide personal data that a reader sees in one piece. */
  visible(text: string): string {
    return this.#policy.stripInvisible ? text.replace(INVISIBLE, '') : text;
  }

  /** Free of personal data, whatever the policy says: what a trace may hold. */
  scrubbed(text: string, lookups?: Lookups): string {
    return scrub(text, {entities: this.#entities, key: this.#key, ...(lookups ? {lookups} : {})}).text;
  }
}
