import type {Entity} from '../../core/curation/pii/detector.ts';
import {scrub} from '../../core/curation/pii/scrub.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {Release} from '../../schemas/release.ts';
import {GatewayError} from './gateway-error.ts';

/** Characters that people don't see and models read: zero-width ones, bidi controls, tags. */
const INVISIBLE =
  /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** A release's guardrail policy, ready to use. */
export class Guardrails {
  readonly #policy: Release['guardrails'];
  readonly #blocked: readonly RegExp[];
  readonly #entities: readonly Entity[];
  readonly #key: Uint8Array;

  /** Throws InvalidInput for a pattern that is no regular expression. */
  constructor(release: Release, key: Uint8Array) {
    this.#policy = release.guardrails;
    this.#key = key;
    this.#entities = release.transform.pii as Entity[];
    this.#blocked = release.guardrails.blockPatterns.map((pattern) => {
      try {
        return new RegExp(pattern, 'iu');
      } catch (cause) {
        throw new RatchetError(
          ErrorType.InvalidInput,
          `guardrails.block_patterns: ${JSON.stringify(pattern)} is no regular expression`,
          {cause},
        );
      }
    });
  }

  /** What came, before anything reads it. Throws GatewayError 400. */
  checkLength(text: string): void {
    if (text.length > this.#policy.maxInputChars)
      throw new GatewayError(
        400,
        'input_too_long',
        `messages: ${text.length} characters, at most ${this.#policy.maxInputChars} are taken`,
        {param: 'messages'},
      );
  }

  /**
   * What came and what the input transform made of it: a pattern may be hidden by encoding or by invisible characters, which
   * the transform takes out. Throws GatewayError 400.
   */
  checkContent(texts: Iterable<string>): void {
    if (this.#blocked.length === 0) return;
    for (const text of texts)
      if (this.#blocked.some((pattern) => pattern.test(text)))
        throw new GatewayError(
          400,
          'content_blocked',
          'messages: the content is blocked by the guardrail policy',
          {
            param: 'messages',
          },
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

  /** An answer, or a piece of one cut where nothing is cut in two, as its user may see it. */
  answer(text: string): string {
    const visible = this.visible(text);
    return this.#policy.scrubOutput ? this.scrubbed(visible) : visible;
  }

  /** Without invisible characters, where the policy says so: they divide personal data that a reader sees in one piece. */
  visible(text: string): string {
    return this.#policy.stripInvisible ? text.replace(INVISIBLE, '') : text;
  }

  /** Free of personal data, whatever the policy says: what a trace may hold. */
  scrubbed(text: string): string {
    return scrub(text, {entities: this.#entities, key: this.#key}).text;
  }
}
