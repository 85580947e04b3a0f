import {isLocalCaller, type CallerHead} from '../../core/access/loopback.ts';
import {TokenBucket} from '../../core/access/token-bucket.ts';
import {tokenHash} from '../../core/access/token.ts';
import {stateOf} from '../../core/access/key-state.ts';
import type {GatewayKey, Scope} from '../../schemas/gateway-key.ts';
import {GatewayError} from './gateway-error.ts';
import type {KeyCounts} from './key-counts.ts';
import type {KeyRing} from './key-watch.ts';

/** A request that was let in. */
export interface Admission {
  /** Null where the project has no key yet, and the gateway listens on loopback alone. */
  readonly key: GatewayKey | null;
  /** The request is over; once is enough. */
  readonly leave: () => void;
}

export interface AccessOptions {
  /** Null until the keys were read. */
  readonly ring: () => KeyRing | null;
  /** A key is needed even where the project has none: the gateway can be reached beyond loopback. */
  readonly always: boolean;
  readonly project: string;
  readonly counts: KeyCounts;
  /** Requests in this gateway at once, waiting ones included; and of those, of one key. */
  readonly mostRequests: () => number;
  readonly mostRequestsOfAKey: number;
}

/** What of a request's head says who it is. */
export interface Caller extends CallerHead {
  readonly authorization?: string | undefined;
}

const SECOND = 1000;

/**
 * Who may come in: decided from a request's head alone, without waiting for anything, before its body is read. In this order:
 * the key, its rate, its budget, its requests under way, the gateway's. What a key may do there is asked where the route is
 * known (`mayUse`).
 */
export class Access {
  readonly #options: AccessOptions;
  readonly #refusals: Refusals;
  /** By family. */
  readonly #buckets = new Map<string, {readonly rate: string; readonly bucket: TokenBucket}>();
  /** Kept at zero, too: to delete and add one with each request makes garbage that lives long. */
  readonly #underWay = new Map<string, {requests: number}>();
  #requests = 0;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#refusals = refusals(options.project);
  }

  /** Requests that were let in and are not over. */
  get underWay(): number {
    return this.#requests;
  }

  /**
   * Whose key it is, null if none is needed: of a project without keys whoever is on this machine, but for the pages of its
   * browser. Gives what is refused, never throws.
   */
  identify({authorization, ...head}: Caller): GatewayKey | null | GatewayError {
    const ring = this.#options.ring();
    if (ring === null) return this.#refusals.unknown;
    if (!ring.any) {
      if (this.#options.always) return this.#refusals.none;
      return isLocalCaller(head) ? null : this.#refusals.foreign;
    }
    if (authorization === undefined) return this.#refusals.missing;
    if (!/^bearer /i.test(authorization)) return this.#refusals.missing;
    const hash = tokenHash(authorization.slice('bearer '.length).trim());
    const found = hash === null ? undefined : ring.byHash.get(hash);
    if (found === undefined) return this.#refusals.invalid;
    const now = Date.now();
    if (now < found.end) return found.key;
    return stateOf(found.key, now) === 'expired' ? this.#refusals.expired : this.#refusals.ended;
  }

  admit(caller: Caller): Admission | GatewayError {
    const key = this.identify(caller);
    if (key instanceof GatewayError) return key;
    const refusal = (key === null ? null : this.#limit(key)) ?? this.#full();
    if (refusal !== null) {
      if (key !== null) this.turnedAway(key);
      return refusal;
    }
    if (key !== null) this.#options.counts.letIn(key);
    return {key, leave: this.#enter(key?.family ?? null)};
  }

  /** Notes that a request of this key was refused. */
  turnedAway(key: GatewayKey): void {
    this.#options.counts.turnedAway(key);
  }

  #limit(key: GatewayKey): GatewayError | null {
    const wait = this.#bucket(key)?.take(performance.now()) ?? 0;
    if (wait > 0) return tryLater(key, 'rate_limit_exceeded', upTo(wait, 10));
    const until = this.#options.counts.waitForBudget(key);
    if (until > 0) return tryLater(key, 'insufficient_quota', upTo(until, SECOND));
    if ((this.#underWay.get(key.family)?.requests ?? 0) >= this.#options.mostRequestsOfAKey)
      return this.#refusals.keyBusy;
    return null;
  }

  #full(): GatewayError | null {
    return this.#requests >= this.#options.mostRequests() ? this.#refusals.busy : null;
  }

  #bucket({family, rate}: GatewayKey): TokenBucket | undefined {
    if (rate === null) return undefined;
    const as = `${rate.perSecond} ${rate.burst}`;
    let found = this.#buckets.get(family);
    if (found?.rate !== as) {
      found = {rate: as, bucket: new TokenBucket(rate, performance.now())};
      this.#buckets.set(family, found);
    }
    return found.bucket;
  }

  #enter(family: string | null): () => void {
    this.#requests++;
    const ofFamily = family === null ? null : this.#familyUnderWay(family);
    if (ofFamily !== null) ofFamily.requests++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#requests--;
      if (ofFamily !== null) ofFamily.requests--;
    };
  }

  #familyUnderWay(family: string): {requests: number} {
    const found = this.#underWay.get(family);
    if (found !== undefined) return found;
    const fresh = {requests: 0};
    this.#underWay.set(family, fresh);
    return fresh;
  }
}

/** By key and by what its scopes lack. */
const lacking = new WeakMap<GatewayKey, Map<string, GatewayError>>();

/** Whether a key opens a route; null needs none. Gives the refusal, null if it does. */
export function mayUse(key: GatewayKey | null, scopes: readonly Scope[]): GatewayError | null {
  if (key === null || scopes.some((scope) => key.scopes.includes(scope))) return null;
  const needed = scopes.join(' ');
  const made = lacking.get(key) ?? new Map<string, GatewayError>();
  lacking.set(key, made);
  const refusal = made.get(needed) ?? insufficientScope(key, scopes);
  made.set(needed, refusal);
  return refusal;
}

function insufficientScope(key: GatewayKey, scopes: readonly Scope[]): GatewayError {
  return withoutStack(
    () =>
      new GatewayError(
        403,
        'insufficient_scope',
        `the key ${key.name} is for ${key.scopes.join(', ')}: this needs ${scopes.join(' or ')}`,
        {authenticate: `error="insufficient_scope", scope="${scopes.join(' ')}"`},
      ),
  );
}

const upTo = (ms: number, step: number): number => Math.ceil(ms / step) * step;

/** The last of each key: a flood asks many times while the wait is the same. */
const told = new WeakMap<GatewayKey, {readonly wait: number; readonly refusal: GatewayError}>();

/** `wait` in ms. */
function tryLater(
  key: GatewayKey,
  code: 'rate_limit_exceeded' | 'insufficient_quota',
  wait: number,
): GatewayError {
  const last = told.get(key);
  if (last?.wait === wait && last.refusal.code === code) return last.refusal;
  const {name, rate} = key;
  const message =
    code === 'insufficient_quota'
      ? `the key ${name} has used up its budget of today (UTC)`
      : `the key ${name} has ${rate!.perSecond} requests a second, ${rate!.burst} at once: try again in ${wait} ms`;
  const refusal = withoutStack(() => new GatewayError(429, code, message, {retryAfter: wait / SECOND}));
  told.set(key, {wait, refusal});
  return refusal;
}

type Refusals = Readonly<
  Record<
    'unknown' | 'none' | 'foreign' | 'missing' | 'invalid' | 'expired' | 'ended' | 'keyBusy' | 'busy',
    GatewayError
  >
>;

/** A refusal's stack tells nothing, and taking it costs more than deciding. */
function withoutStack(make: () => GatewayError): GatewayError {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** Made once: those who are turned away come in floods. */
function refusals(project: string): Refusals {
  const invalid = {authenticate: 'error="invalid_token"'};
  return {
    unknown: new GatewayError(
      503,
      'keys_unknown',
      "the project's keys could not be read yet: nobody is let in until they are",
      {retryAfter: 1},
    ),
    none: new GatewayError(
      401,
      'no_keys',
      `${project} has no key, and beyond loopback one is needed: ratchet api-keys create NAME --project ${project}`,
      {authenticate: ''},
    ),
    foreign: new GatewayError(
      403,
      'foreign_page',
      'without keys only this machine may ask, by the name localhost or 127.0.0.1, and no page of another site: a project with a key takes any name (ratchet api-keys create NAME)',
    ),
    missing: new GatewayError(
      401,
      'missing_api_key',
      'expected the header "authorization: Bearer rk_…" with a key of this project',
      {authenticate: ''},
    ),
    invalid: new GatewayError(401, 'invalid_api_key', 'this is no key of this project', invalid),
    expired: new GatewayError(401, 'expired_api_key', 'this key has expired', invalid),
    ended: new GatewayError(401, 'revoked_api_key', 'this key was revoked or replaced', invalid),
    keyBusy: new GatewayError(
      429,
      'too_many_requests',
      'as many requests of this key are under way as one may have: try again shortly',
      {retryAfter: 1},
    ),
    busy: new GatewayError(
      429,
      'gateway_busy',
      'as many requests wait as the gateway takes: try again shortly',
      {retryAfter: 1},
    ),
  };
}
