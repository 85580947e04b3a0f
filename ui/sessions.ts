import {hash, randomBytes, timingSafeEqual} from 'node:crypto';

/** One browser that signed in. */
export interface Session {
  /** It signed in by the link that the command printed: it sees the projects that have no gateway key. */
  byLink: boolean;
  /** sha256 of the gateway keys that were entered in it. */
  readonly keys: Set<string>;
  /** When it signed in, in milliseconds since the epoch. */
  readonly since: number;
  /** Its last request. */
  seen: number;
}

const IDLE_MS = 12 * 3_600_000;
/** Pages that reload themselves keep a session from being idle. */
const LONGEST_MS = 7 * 24 * 3_600_000;
const MOST = 100;
/** Keys of one session: one a project. */
const MOST_KEYS = 50;

/**
 * Browsers that signed in, by a cookie of 256 random bits. In memory alone: a server that ends forgets them. The link is
 * good for one browser; each time it is used there is another.
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  #link = secret();

  /** What the present link ends with. */
  get link(): string {
    return this.#link;
  }

  /** The cookie of a browser that came by the link; null if it is not the present link. */
  byLink(given: string, cookie: string | undefined): string | null {
    if (!same(given, this.#link)) return null;
    this.#link = secret();
    return this.#with(cookie, (session) => void (session.byLink = true));
  }

  /** The cookie of a browser in which this key was entered, by the key's sha256. */
  byKey(key: string, cookie: string | undefined): string {
    return this.#with(cookie, ({keys}) => {
      if (keys.size >= MOST_KEYS) keys.clear();
      keys.add(key);
    });
  }

  /** Null where nobody signed in, and after 12 idle hours or 7 days. */
  find(cookie: string | undefined): Session | null {
    const session = cookie === undefined ? undefined : this.#sessions.get(cookie);
    if (session === undefined) return null;
    const now = Date.now();
    if (now - session.seen > IDLE_MS || now - session.since > LONGEST_MS) {
      this.#sessions.delete(cookie!);
      return null;
    }
    session.seen = now;
    return session;
  }

  end(cookie: string | undefined): void {
    if (cookie !== undefined) this.#sessions.delete(cookie);
  }

  /** A browser that is known already keeps what it may see; its cookie is a new one. */
  #with(cookie: string | undefined, change: (session: Session) => void): string {
    const now = Date.now();
    const session = this.find(cookie) ?? {byLink: false, keys: new Set<string>(), since: now, seen: now};
    if (cookie !== undefined) this.#sessions.delete(cookie);
    change(session);
    const id = secret();
    this.#sessions.set(id, session);
    if (this.#sessions.size > MOST) this.#sessions.delete(this.#sessions.keys().next().value!);
    return id;
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** Compared by digests, which are of one length. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => hash('sha256', text, 'buffer');
  return timingSafeEqual(digest(a), digest(b));
}
