import {randomBytes} from 'node:crypto';
import {endOf, stateOf} from '../../core/access/key-state.ts';
import {newToken, tokenHash} from '../../core/access/token.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {GatewayKey, GatewayKeySet} from '../../schemas/gateway-key.ts';
import {proofOf, unsigned, type Sign} from '../audit/act-proof.ts';
import {AuditChain} from '../audit/audit.ts';
import {readDocument, swapDocument} from '../objects/documents.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';

/** The audit chain's kind of all that is done to keys. */
export const KEY_FACT = 'gateway_key';
/** A key that has ended goes with the next change after so long; its family stays, and the audit chain goes on naming it. */
const KEPT_MS = 90 * 86_400_000;
/** All keys are one document that every gateway reads again and again. */
const MOST_KEYS = 1000;

export type NewKey = Pick<GatewayKey, 'name' | 'scopes' | 'expires' | 'rate' | 'budget'>;
/** `token` is nowhere else: who loses it rotates the key. */
export interface IssuedKey {
  readonly key: GatewayKey;
  readonly token: string;
}

/**
 * A project's gateway keys, `gateway-keys/PROJECT.json`, changed by compare-and-swap. A change comes before its audit entry,
 * as with pointers; a process that dies between the two has not shown the new token yet, so nobody can use a key that the
 * chain does not name, and revoking once more adds a revocation's entry. `sign` is asked for a signature over each change. Once there is a document, keys are required for
 * good: revoking the last one does not open the gateway.
 */
export class GatewayKeys {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Null where the project never had a key. Throws as readDocument. */
  async read(project: string): Promise<GatewayKeySet | null> {
    return (await readDocument(this.#store, documentKey(project), GatewayKeySet))?.value ?? null;
  }

  /** By key id the first key of its line of rotations, of keys that ended long ago, too. Throws as readDocument. */
  async families(project: string): Promise<ReadonlyMap<string, string>> {
    const set = await this.read(project);
    return new Map([...Object.entries(set?.former ?? {}), ...familiesOf(set?.keys ?? [])]);
  }

  /** Throws InvalidInput where a key of that name is good still, or there are too many. */
  async create(project: string, wanted: NewKey, by: string, sign = unsigned): Promise<IssuedKey> {
    const issued = issue({...wanted, createdBy: by});
    await this.#change(project, (keys, now) => {
      const same = keys.find((key) => key.name === wanted.name && endOf(key) > now);
      if (same !== undefined)
        throw new RatchetError(
          ErrorType.InvalidInput,
          `${project} has a key ${wanted.name} (${same.id}): rotate that one, or choose another name`,
        );
      return [...keys, issued.key];
    });
    const {id, name, hash, scopes, expires, rate, budget} = issued.key;
    await this.#audit(project, by, 'created', issued.key, {
      scopes,
      expires,
      rate,
      budget,
      ...proofOf(sign({do: 'created', key: id, name, hash})),
    });
    return issued;
  }

  /**
   * Another token for the same application: the old one is good for `overlapMs` more (but no longer than it was anyway). The
   * new key lives as long from now as the old one did from its creation. `which`: a name, or an id. Throws InvalidInput if
   * no such key is live.
   */
  async rotate(
    project: string,
    which: string,
    {overlapMs, by, sign = unsigned}: {readonly overlapMs: number; readonly by: string; readonly sign?: Sign},
  ): Promise<IssuedKey & {readonly former: GatewayKey}> {
    let done: (IssuedKey & {readonly former: GatewayKey}) | undefined;
    await this.#change(project, (keys, now) => {
      const old = liveKey(project, keys, which, now);
      const lifetime = old.expires === null ? null : Date.parse(old.expires) - Date.parse(old.created);
      const {name, scopes, rate, budget, family} = old;
      const expires = lifetime === null ? null : new Date(now + lifetime).toISOString();
      const issued = issue({name, scopes, rate, budget, family, expires, createdBy: by});
      const until = new Date(now + overlapMs).toISOString();
      const former = {...old, replaced: {by: issued.key.id, until}};
      done = {...issued, former};
      return [...keys.map((key) => (key.id === old.id ? former : key)), issued.key];
    });
    const {key, former} = done!;
    const turned = {to: key.id, until: former.replaced!.until};
    const about = {do: 'rotated', key: former.id, name: former.name, hash: key.hash, ...turned};
    await this.#audit(project, by, 'rotated', former, {...turned, ...proofOf(sign(about))});
    return done!;
  }

  /**
   * Ends a key at once: by its id that one, by a name all that bear it, those in the overlap of a rotation too. Gives those
   * that it ended; again, it ends none and adds what the chain lacks. Throws InvalidInput if there is no such key.
   */
  async revoke(project: string, which: string, by: string, sign = unsigned): Promise<readonly GatewayKey[]> {
    let named: readonly GatewayKey[] = [];
    let ended: readonly GatewayKey[] = [];
    await this.#change(project, (keys, now) => {
      named = bearing(project, keys, which);
      const at = new Date(now).toISOString();
      const ending = new Set(named.filter((key) => endOf(key) > now).map(({id}) => id));
      const next = keys.map((key) => (ending.has(key.id) ? {...key, revoked: {by, at}} : key));
      ended = next.filter(({id}) => ending.has(id));
      return ending.size === 0 ? null : next;
    });
    const revoked = [...ended, ...named.filter((key) => key.revoked !== null)];
    for (const key of revoked) {
      // What the chain lacks says, too, who sees to it now.
      const signed = sign({do: 'revoked', key: key.id, name: key.name});
      await this.#audit(
        project,
        signed === undefined ? key.revoked!.by : by,
        'revoked',
        key,
        proofOf(signed),
      );
    }
    return ended;
  }

  async #change(
    project: string,
    change: (keys: readonly GatewayKey[], now: number) => readonly GatewayKey[] | null,
  ): Promise<void> {
    await swapDocument(this.#store, documentKey(project), GatewayKeySet, (current): GatewayKeySet | null => {
      const now = Date.now();
      const {kept = [], gone = []} = Object.groupBy(current?.keys ?? [], (key) =>
        now - endedAt(key) < KEPT_MS ? 'kept' : 'gone',
      );
      const keys = change(kept, now);
      if (keys === null) return null;
      if (keys.length > MOST_KEYS)
        throw new RatchetError(
          ErrorType.InvalidInput,
          `${project} has ${keys.length - 1} keys, expected at most ${MOST_KEYS}: one an application, not one a user`,
        );
      const rotated = familiesOf(gone.filter(({id, family}) => id !== family));
      const former = {...current?.former, ...Object.fromEntries(rotated)};
      return {v: 1, project, keys: [...keys], ...(Object.keys(former).length === 0 ? {} : {former})};
    });
  }

  /** Once for each key and act. */
  async #audit(
    project: string,
    actor: string,
    act: string,
    {id, name, created}: GatewayKey,
    data: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await new AuditChain(this.#store, project).append(
      {kind: KEY_FACT, actor, data: {act, key: id, name, ...data}},
      (entry: AuditEntry) => {
        if (entry.kind === KEY_FACT && entry.data['key'] === id && entry.data['act'] === act) return 'skip';
        return entry.at < created ? 'stop' : 'look';
      },
    );
  }
}

function familiesOf(keys: readonly GatewayKey[]): [id: string, family: string][] {
  return keys.map(({id, family}) => [id, family]);
}

function issue(wanted: NewKey & {readonly createdBy: string; readonly family?: string}): IssuedKey {
  const token = newToken();
  const id = randomBytes(6).toString('hex');
  const key = GatewayKey.parse({
    family: id,
    ...wanted,
    id,
    hash: tokenHash(token),
    created: new Date().toISOString(),
    replaced: null,
    revoked: null,
  });
  return {key, token};
}

/** In ms since the epoch; Infinity for one that is good still and has no end. */
function endedAt(key: GatewayKey): number {
  return key.revoked === null ? endOf(key) : Date.parse(key.revoked.at);
}

function bearing(project: string, keys: readonly GatewayKey[], which: string): readonly GatewayKey[] {
  const found = keys.filter(({id, name}) => id === which || name === which);
  if (found.length > 0) return found;
  const names = [...new Set(keys.map(({name}) => name))].join(', ') || 'none yet';
  throw new RatchetError(ErrorType.InvalidInput, `${project} has no key "${which}"; its keys: ${names}`);
}

function liveKey(project: string, keys: readonly GatewayKey[], which: string, now: number): GatewayKey {
  const found = bearing(project, keys, which);
  const live = found.find((key) => stateOf(key, now) === 'live');
  if (live !== undefined) return live;
  const last = found.at(-1)!;
  const state = stateOf(last, now);
  throw new RatchetError(
    ErrorType.InvalidInput,
    last.replaced === null || state === 'revoked'
      ? `the key ${which} of ${project} is ${state}: create another one`
      : `the key ${which} of ${project} was replaced by ${last.replaced.by}: rotate that one`,
  );
}

function documentKey(project: string): string {
  return `gateway-keys/${keySegment(project)}.json`;
}
