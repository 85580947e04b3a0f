import {stateOf} from '../core/access/key-state.ts';
import {tokenHash} from '../core/access/token.ts';
import type {GatewayKey} from '../schemas/gateway-key.ts';
import type {UiProject} from './projects.ts';
import type {Session} from './sessions.ts';

/** Scopes of gateway keys that open a project's pages: who may read its metrics may read these. */
const SCOPES = ['read', 'admin'] as const;
/** A revoked key is out after so long. */
const FRESH_MS = 3_000;

interface Ring {
  readonly at: number;
  /** Null where the project never had a key. */
  readonly keys: readonly GatewayKey[] | null;
}

/**
 * Which projects a browser may see. As with the gateway: where a project has keys, one of them has to be entered, of scope
 * `read` or `admin`; where it has none, the link that the command printed is enough.
 */
export class Door {
  readonly #projects: ReadonlyMap<string, UiProject>;
  readonly #rings = new Map<string, Ring>();

  constructor(projects: ReadonlyMap<string, UiProject>) {
    this.#projects = projects;
  }

  /** Throws what reading the keys throws: without the keys nobody gets in. */
  async mayRead(session: Session | null, project: string): Promise<boolean> {
    if (session === null) return false;
    const keys = await this.#keysOf(project);
    if (keys === null) return session.byLink;
    return keys.some((key) => session.keys.has(key.hash) && opens(key));
  }

  /** The projects that this key opens, and its sha256; null if it opens none. Projects whose keys cannot be read are left out. */
  async openedBy(token: string): Promise<{readonly hash: string; readonly projects: string[]} | null> {
    const hash = tokenHash(token);
    if (hash === null) return null;
    const projects: string[] = [];
    for (const name of this.#projects.keys()) {
      const keys = await this.#keysOf(name).catch(() => null);
      if (keys?.some((key) => key.hash === hash && opens(key))) projects.push(name);
    }
    return projects.length === 0 ? null : {hash, projects};
  }

  async #keysOf(name: string): Promise<readonly GatewayKey[] | null> {
    const known = this.#rings.get(name);
    if (known !== undefined && Date.now() - known.at < FRESH_MS) return known.keys;
    const set = await this.#projects.get(name)!.stores.gatewayKeys.read(name);
    // Once there was a key one is needed for good: a document that is gone opens nothing.
    const keys = set?.keys ?? (known?.keys ? [] : null);
    this.#rings.set(name, {at: Date.now(), keys});
    return keys;
  }
}

function opens(key: GatewayKey): boolean {
  const state = stateOf(key, Date.now());
  return (state === 'live' || state === 'retiring') && SCOPES.some((scope) => key.scopes.includes(scope));
}
