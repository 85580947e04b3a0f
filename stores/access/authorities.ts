/**
 * Why a document of the store is believed. `content`: its name is the digest of what it says, made again where it is read.
 * `sealed`: an HMAC or a cipher with the project's row key. `signed`: a person's signature, by the policy in force. `chain`:
 * the audit chain says the same, and is decided again. `nothing`: everyone who can write to the store chooses what it says.
 */
export const AUTHORITIES = ['content', 'sealed', 'signed', 'chain', 'nothing'] as const;
export type Authority = (typeof AUTHORITIES)[number];

export interface Believed {
  /** By whom, besides people. */
  readonly used: Used;
  readonly authority: Authority;
  /** What shows a change; of `nothing`: what somebody who changes it gains, and what still prevents harm. */
  readonly why: string;
}

/**
 * Kinds of processes that may have credentials of their own for the store: a gateway, the workers of each kind, and the Job of a
 * training. People, by the command line, do everything.
 */
export const STORE_PROCESSES = ['gateway', 'workflow', 'cpu', 'gpu', 'training'] as const;
export type StoreProcess = (typeof STORE_PROCESSES)[number];
const RIGHTS = {r: 'read', w: 'write', d: 'delete'} as const;
export type Right = (typeof RIGHTS)[keyof typeof RIGHTS];

/** What a kind of process needs to do with a kind of object: some of `r`, `w` and `d`, in this order. */
type Used = Readonly<Partial<Record<StoreProcess, 'r' | 'w' | 'rw' | 'rwd'>>>;

/** Every kind of object in the store by the first name of its keys, and what it is believed by. docs/security.md shows it. */
export const DOCUMENTS: Readonly<Record<string, Believed>> = {
  access: {
    used: {cpu: 'rw'},
    authority: 'sealed',
    why: 'seal over project, entry, hash and state; without a valid one, the chain is read from its first entry',
  },
  artifacts: {
    used: {gateway: 'r', workflow: 'rw', cpu: 'rw', gpu: 'rw', training: 'rw'},
    authority: 'content',
    why: 'hashed whenever it is read, while it streams',
  },
  audit: {
    used: {gateway: 'r', cpu: 'rw'},
    authority: 'signed',
    why: '`audit verify` checks it from signatures and the order of the entries; a signed head kept elsewhere fixes what is before it',
  },
  'audit-head': {
    used: {cpu: 'rw'},
    authority: 'chain',
    why: 'names an entry; `audit verify` reports a break if that is missing or differs from the chain’s',
  },
  cache: {
    used: {cpu: 'rw'},
    authority: 'sealed',
    why: 'seal over stage, key and result; a result without one is calculated again',
  },
  checkpoints: {
    used: {cpu: 'r', gpu: 'rw', training: 'rw'},
    authority: 'nothing',
    why: 'where a killed training continues; other weights make another adapter, which gates and approval judge like any other',
  },
  costs: {
    used: {cpu: 'rw', gpu: 'rw'},
    authority: 'nothing',
    why: 'sums of money; shown, and compared with the budget',
  },
  curations: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'the version that a dataset grows from; another one makes another digest, which report and approval name',
  },
  datasets: {
    used: {cpu: 'rw'},
    authority: 'content',
    why: '`lineage`, `audit verify` and every reader of its rows calculate the digest from the index; the digest does not cover which files hold the rows, so before use the row key proves each row, and the index each split',
  },
  drift: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'checks of the monitor; may start a retrain, whose candidate is judged like any other',
  },
  estimates: {used: {cpu: 'rw'}, authority: 'nothing', why: 'shown next to what a stage took'},
  feedback: {
    used: {gateway: 'rw', cpu: 'r'},
    authority: 'nothing',
    why: 'ratings and corrections, as any client may send them; limited for each key, and never golden without a review',
  },
  'gateway-keys': {
    used: {gateway: 'r', cpu: 'r'},
    authority: 'nothing',
    why: 'who may ask; a key that the chain does not name was not made by the command line',
  },
  'key-usage': {
    used: {gateway: 'rwd'},
    authority: 'nothing',
    why: 'what keys were used for; a budget may be spent twice',
  },
  leases: {
    used: {cpu: 'rw', gpu: 'rw', training: 'rw'},
    authority: 'nothing',
    why: 'who trains or builds; work may be done twice, or not at all',
  },
  ledgers: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'which records are already processed; rows may be left out or added, in a version with another digest',
  },
  listings: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'whether sources have changed; a retrain may start, or not',
  },
  outcomes: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'the outcome of a release that is or was stable; a run that makes it again shows it; moves nothing',
  },
  pointers: {
    used: {gateway: 'r', cpu: 'rw'},
    authority: 'chain',
    why: 'must be the last move of the chain, or the very next one, permitted; anything else is a break',
  },
  probe: {used: {}, authority: 'nothing', why: 'written and deleted when a store is checked'},
  raw: {used: {gateway: 'rwd'}, authority: 'sealed', why: 'AES-256-GCM with its own name authenticated'},
  releases: {
    used: {gateway: 'r', cpu: 'rw'},
    authority: 'content',
    why: 'hashed whenever it is read; outside the digest are `parent`, which is only shown, and `createdFrom`, which `lineage` and `audit verify` compare with the adapter',
  },
  reports: {
    used: {cpu: 'rw'},
    authority: 'content',
    why: 'the report is read by its digest, and an entry that contradicts it is refused; which pages show it is not checked',
  },
  retired: {
    used: {cpu: 'r'},
    authority: 'chain',
    why: 'the chain names it too; a move after that entry is a break',
  },
  runs: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'summaries for people; the starter of a run and what was approved are read from the chain',
  },
  traces: {
    used: {gateway: 'rw', cpu: 'r'},
    authority: 'nothing',
    why: 'answers as the gateway wrote them; somebody who writes others can end a rollout, or let its analysis pass, but only after the approval',
  },
  vectors: {
    used: {cpu: 'rwd'},
    authority: 'nothing',
    why: 'embeddings; what a search shows, and what drift is measured against',
  },
  'vectors-built': {
    used: {cpu: 'rwd'},
    authority: 'nothing',
    why: 'says that a table of embeddings is complete',
  },
  versions: {
    used: {workflow: 'rw'},
    authority: 'sealed',
    why: 'seal over the workflow code’s digest and build: other code is not run',
  },
};

/** What a kind of process may do with a kind of object. */
export function rightsOf(process: StoreProcess, kind: string): readonly Right[] {
  const used = (Object.hasOwn(DOCUMENTS, kind) && DOCUMENTS[kind]!.used[process]) || '';
  return [...used].map((letter) => RIGHTS[letter as keyof typeof RIGHTS]);
}

/** Whether a kind of process may do that with a key, or with a prefix that names a kind: `runs/`. */
export function allows(process: StoreProcess, right: Right, key: string): boolean {
  const end = key.indexOf('/');
  return end > 0 && rightsOf(process, key.slice(0, end)).includes(right);
}
