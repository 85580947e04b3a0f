import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {Vendor} from '../../../schemas/release.ts';
import {ModelNotServedError, RateLimitedError} from '../inference/refusals.ts';
import type {VendorSaid} from './vendor-said.ts';

export {ModelNotServedError, RateLimitedError};

/** Who was asked for what, as an operator reads it: no key, and of the address no credentials. */
export interface Asked {
  readonly vendor: Vendor;
  /** As the vendor spells it. */
  readonly model: string;
  /** `openai at https://api.openai.com/v1` */
  readonly endpoint: string;
  /** Where the key comes from: the name of an environment variable. */
  readonly keyName: string;
}

/**
 * Whatever a ChatModel rejects with, apart from the reason of a signal. No text holds what the vendor wrote, apart from the
 * words that classify it; who knows release and part adds them. A plain RatchetError is AccessDenied (the key) or InvalidInput
 * (the request).
 */
export type ProviderFailure =
  | RateLimitedError
  | QuotaExhaustedError
  | ModelNotServedError
  | ContextTooLongError
  | UnsupportedParameterError
  | VendorUnavailableError
  | TimedOutError
  | UnreadableAnswerError
  | BrokeOffError
  | CircuitOpenError
  | RatchetError;

/** The vendor cannot do what was asked; nothing was sent. */
export class UnsupportedParameterError extends RatchetError {
  /** As parameters.ts names it. */
  readonly parameter: string;
  readonly vendor: Vendor;
  constructor(parameter: string, vendor: Vendor, why: string) {
    super(ErrorType.InvalidInput, `${parameter}: not supported by ${vendor}: ${why}`);
    this.parameter = parameter;
    this.vendor = vendor;
  }
}

/** The account has no quota or credit left. No retry helps. */
export class QuotaExhaustedError extends RatchetError {
  constructor(message: string) {
    super(ErrorType.BudgetExceeded, message);
  }
}

/** Prompt and answer together are longer than the model's context. */
export class ContextTooLongError extends RatchetError {
  constructor(message: string) {
    super(ErrorType.InvalidInput, message);
  }
}

/** The vendor failed or is overloaded, or could not be reached. */
export class VendorUnavailableError extends RatchetError {
  /** Null where it could not be reached, or failed in the middle of a stream. */
  readonly status: number | null;
  /** What the vendor asked to wait, in ms; null if it didn't. */
  readonly retryAfterMs: number | null;
  /** The vendor says that another attempt won't help. */
  readonly final: boolean;
  constructor(
    message: string,
    {status = null, retryAfterMs = null, final = false}: Partial<Readonly<VendorState>> = {},
  ) {
    super(ErrorType.Unavailable, message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.final = final;
  }
}
type VendorState = Pick<VendorUnavailableError, 'status' | 'retryAfterMs' | 'final'>;

/** No answer, or none of a stream's pieces, in time. */
export class TimedOutError extends RatchetError {
  constructor(message: string) {
    super(ErrorType.Unavailable, message);
  }
}

/** The vendor answered 200 with what is no answer: no JSON, another shape, too long, a call that its own model garbled. */
export class UnreadableAnswerError extends RatchetError {
  constructor(message: string, options?: {cause?: unknown}) {
    super(ErrorType.Unavailable, message, options);
  }
}

/** A stream ended after its first piece and before its finish: what was passed on is not the answer. */
export class BrokeOffError extends RatchetError {
  /** What ended it. */
  readonly failure: ProviderFailure;
  constructor(failure: ProviderFailure) {
    super(ErrorType.Unavailable, `the answer broke off: ${failure.message}`);
    this.failure = failure;
  }
}

/** The endpoint failed so often that it is not asked for a while (circuit.ts); nothing was sent. */
export class CircuitOpenError extends RatchetError {
  /** Until it is tried again, in ms. */
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number) {
    super(ErrorType.Unavailable, message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Where an error was thrown, without its message: a SyntaxError's repeats the text that is no JSON. */
export function placeOf(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const place = new Error(error.constructor.name);
  const frames = error.stack?.split('\n').filter((line) => /^ +at /.test(line)) ?? [];
  place.stack = [place.message, ...frames].join('\n');
  return place;
}

/** What the vendor's refusal means. Nothing of its message, and no cause: both may repeat the prompt or the key. */
export function refusal(said: VendorSaid, {endpoint, model, keyName}: Asked): ProviderFailure {
  const {status, kind, retryAfterMs} = said;
  const words = kind.length === 0 ? '' : ` (${kind.join(' ')})`;
  const answered = `${endpoint} ${status === null ? 'failed' : `answered ${status}`}${words}`;
  if (isKeyRefused(said)) {
    return new RatchetError(
      ErrorType.AccessDenied,
      `${answered}: check that the key in ${keyName} is valid and may use "${model}"`,
    );
  }
  if (isQuota(said))
    return new QuotaExhaustedError(`${answered}: the account of the key in ${keyName} has no quota left`);
  if (isModelGone(said)) {
    return new ModelNotServedError(
      `${answered}: it does not serve "${model}" (any more): check the model's name and the address`,
      model,
    );
  }
  if (isTooLong(said)) {
    return new ContextTooLongError(
      `${answered}: prompt and answer are longer than the context of "${model}": shorten the input or max_completion_tokens`,
    );
  }
  if (status === 429 || kind.includes('rate_limit_error')) {
    const wait = retryAfterMs === null ? '' : `: try again in ${Math.ceil(retryAfterMs / 1000)} s`;
    return new RateLimitedError(`${answered}: too many requests or tokens${wait}`, retryAfterMs);
  }
  if (isRequestsFault(said)) {
    return new RatchetError(
      ErrorType.InvalidInput,
      `${answered}: "${model}" does not take this request: check its parameters against the model's`,
    );
  }
  const final = said.shouldRetry === false;
  return new VendorUnavailableError(`${answered}: try again shortly`, {status, retryAfterMs, final});
}

function isKeyRefused({status, kind}: VendorSaid): boolean {
  // Google answers 400 to a key that it does not know.
  const words = ['invalid_api_key', 'authentication_error', 'permission_error', 'API_KEY_INVALID'];
  return status === 401 || status === 403 || kind.some((word) => words.includes(word));
}

function isQuota({status, kind, message}: VendorSaid): boolean {
  if (status === 402 || kind.includes('insufficient_quota') || kind.includes('billing_error')) return true;
  // Anthropic says this with the type that it gives to any bad request.
  return status === 400 && /credit balance is too low/i.test(message);
}

function isModelGone({status, kind}: VendorSaid): boolean {
  return status === 404 || status === 410 || kind.includes('model_not_found');
}

function isTooLong({status, kind, message}: VendorSaid): boolean {
  if (status === 413 || kind.includes('context_length_exceeded')) return true;
  return status === 400 && TOO_LONG.some((words) => words.test(message));
}
/** Anthropic, Google and vLLM tell it by their message alone. */
const TOO_LONG = [
  /prompt is too long/i,
  /exceed context limit/i,
  /input token count .{0,40}exceeds the maximum/i,
  /maximum context length/i,
];

/** 408 and 409 are worth another attempt: OpenAI and Anthropic give them for a lock or a time-out of their own. */
function isRequestsFault({status, kind}: VendorSaid): boolean {
  if (status === null) return kind.includes('invalid_request_error');
  return status >= 400 && status < 500 && status !== 408 && status !== 409;
}
