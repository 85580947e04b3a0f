import {setTimeout as sleep} from 'node:timers/promises';
import {ErrorType} from '../../../schemas/errors.ts';
import type {Circuit} from './circuit.ts';
import {
  CircuitOpenError,
  ModelNotServedError,
  RateLimitedError,
  VendorUnavailableError,
  type ProviderFailure,
} from './failures.ts';
import type {RetryBudget} from './retry-budget.ts';

export interface RetryPolicy {
  /** Attempts at most, the first included. */
  readonly attempts: number;
  /** The longest that is waited before the second attempt, in ms; doubled before the third. */
  readonly baseMs: number;
  /** A vendor that asks to wait longer than this, in ms, is not waited for: the error says how long. */
  readonly longestWaitMs: number;
}
export const RETRY_POLICY: RetryPolicy = {attempts: 3, baseMs: 500, longestWaitMs: 5_000};

/** Time and chance, for tests to replace. */
export interface Waiting {
  /** Resolves after so many ms; rejects when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
}
export const WAITING: Waiting = {
  wait: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : {signal}),
  random: Math.random,
};

export interface Attempts {
  readonly budget: RetryBudget;
  readonly circuit: Circuit;
  readonly policy: RetryPolicy;
  readonly waiting: Waiting;
  /** As an operator reads it. */
  readonly endpoint: string;
  readonly signal: AbortSignal | undefined;
  /** Whether an attempt's success is the whole answer, or the beginning of one. */
  readonly whole: boolean;
  /** What an attempt rejected with, in our words. */
  readonly failure: (error: unknown) => ProviderFailure;
}

/**
 * Tries until it succeeds, as long as the failure may pass, the policy and the endpoint's budget allow it, and its circuit is
 * closed. Between two attempts it waits what the vendor asked, else a random part of a time that doubles ("full jitter", AWS
 * Architecture Blog, 2015). Rejects with the last failure, or with the signal's reason.
 */
export async function withRetries<T>(once: () => Promise<T>, attempts: Attempts): Promise<T> {
  const {budget, policy, waiting, signal} = attempts;
  budget.request();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await through(once, attempts);
    } catch (error) {
      const failure = error as ProviderFailure;
      if (signal?.aborted === true || !mayPass(failure) || attempt >= policy.attempts) throw failure;
      const asked = askedToWait(failure);
      if (asked !== null && asked > policy.longestWaitMs) throw failure;
      if (!budget.retry()) throw failure;
      const longest = Math.min(policy.longestWaitMs, policy.baseMs * 2 ** (attempt - 1));
      await waiting.wait(asked ?? waiting.random() * longest, signal).catch((reason: unknown) => {
        signal?.throwIfAborted();
        throw reason;
      });
    }
  }
}

/** One attempt, of which the circuit is told, unless it was refused before anything was sent. */
async function through<T>(once: () => Promise<T>, attempts: Attempts): Promise<T> {
  const {circuit, endpoint, signal, whole, failure} = attempts;
  const openMs = circuit.enter();
  if (openMs > 0) {
    throw new CircuitOpenError(
      `${endpoint} failed several times in a row and is not asked now: try again in ${Math.ceil(openMs / 1000)} s`,
      openMs,
    );
  }
  try {
    const answer = await once();
    if (whole) circuit.answered();
    else circuit.began();
    return answer;
  } catch (error) {
    if (signal?.aborted === true) {
      circuit.neither();
      throw signal.reason;
    }
    const failed = failure(error);
    if (failed === error && failed.type === ErrorType.InvalidInput) circuit.neither();
    else if (isDown(failed)) circuit.failed();
    else circuit.answered();
    throw failed;
  }
}

/** Whether the endpoint itself is at fault. One that counts its requests works, and so does one that misses a model. */
function isDown(failure: ProviderFailure): boolean {
  return failure.type === ErrorType.Unavailable && !(failure instanceof ModelNotServedError);
}

function mayPass(failure: ProviderFailure): boolean {
  if (failure instanceof ModelNotServedError || failure instanceof CircuitOpenError) return false;
  if (failure instanceof VendorUnavailableError && failure.final) return false;
  return failure.type === ErrorType.Unavailable || failure.type === ErrorType.RateLimited;
}

function askedToWait(failure: ProviderFailure): number | null {
  const told = failure instanceof RateLimitedError || failure instanceof VendorUnavailableError;
  return told ? failure.retryAfterMs : null;
}
