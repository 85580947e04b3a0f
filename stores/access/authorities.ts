/**
 * Why a document of the store is believed. `content`: its name is the digest of what it says, made again where it is read.
 * `sealed`: an HMAC or a cipher with the project's row key. `signed`: a person's signature, by the policy in force. `chain`:
 * the audit chain says the same, and is decided anew. `nothing`: whoever writes to the store chooses what it says.
 */
export const AUTHORITIES = ['content', 'sealed', 'signed', 'chain', 'nothing'] as const;
export type Authority = (typeof AUTHORITIES)[number];

export interface Believed {
  /** By whom, besides people. */
  readonly used: Used;
  readonly authority: Authority;
  /** What shows a change; of `nothing`: what somebody who changes it gains, and what still stands in the way. */
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
    why: 'seal over project, entry, hash and state; else the chain is read from its first entry',
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
    why: 'names an entry: one that is missing, or another than the chain’s, is a break for `audit verify`',
  },
  cache: {
    used: {cpu: 'rw'},
    authority: 'sealed',
    why: 'seal over stage, key and result; a result without one is made again',
  },
  checkpoints: {
    used: {cpu: 'r', gpu: 'rw', training: 'rw'},
    authority: 'nothing',
    why: 'what a killed training goes on from: other weights make another adapter, which gates and approval judge as any',
  },
  costs: {
    used: {cpu: 'rw', gpu: 'rw'},
    authority: 'nothing',
    why: 'sums of money: shown, and compared with the budget',
  },
  curations: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'from which version a dataset grows: another one makes another digest, which report and approval name',
  },
  datasets: {
    used: {cpu: 'rw'},
    authority: 'content',
    why: 'made again from its index by `lineage`, `audit verify` and everything that reads its rows; which files hold them is outside the digest, so each row is proved by the row key and each split by the index before it is learned from or measured on',
  },
  drift: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'looks of the monitor: may start a retrain, whose candidate is judged as any',
  },
  estimates: {used: {cpu: 'rw'}, authority: 'nothing', why: 'shown next to what a stage took'},
  feedback: {
    used: {gateway: 'rw', cpu: 'r'},
    authority: 'nothing',
    why: 'votes and corrections, as any client may send them: capped for each key, and never golden without a review',
  },
  'gateway-keys': {
    used: {gateway: 'r', cpu: 'r'},
    authority: 'nothing',
    why: 'who may ask: a key that the chain does not name was not made by the command line',
  },
  'key-usage': {
    used: {gateway: 'rwd'},
    authority: 'nothing',
    why: 'what keys were used for: a budget may be spent twice',
  },
  leases: {
    used: {cpu: 'rw', gpu: 'rw', training: 'rw'},
    authority: 'nothing',
    why: 'who trains or builds: work may be done twice, or not at all',
  },
  ledgers: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'which records are processed already: rows may be left out or brought in, in a version with another digest',
  },
  listings: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'whether sources have changed: a retrain may start, or not',
  },
  outcomes: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'what became of a release that is or was stable: shown by a run that makes it again, and moves nothing',
  },
  pointers: {
    used: {gateway: 'r', cpu: 'rw'},
    authority: 'chain',
    why: 'the last move of the chain, or the very next one, permitted; anything else is a break',
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
    why: 'an entry that says other things than its report, which is read by its digest, is refused; which pages show it is not checked',
  },
  retired: {
    used: {cpu: 'r'},
    authority: 'chain',
    why: 'the chain names it too: a move behind that entry is a break',
  },
  runs: {
    used: {cpu: 'rw'},
    authority: 'nothing',
    why: 'summaries for people; who started a run, and what was approved, are read from the chain',
  },
  traces: {
    used: {gateway: 'rw', cpu: 'r'},
    authority: 'nothing',
    why: 'answers as the gateway wrote them: who writes others can end a rollout, or let its analysis pass; approval comes before it',
  },
  vectors: {
    used: {cpu: 'rwd'},
    authority: 'nothing',
    why: 'embeddings: what a search shows, and what drift is measured against',
  },
  'vectors-built': {used: {cpu: 'rwd'}, authority: 'nothing', why: 'that a table of embeddings is whole'},
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
