/**
 * Why a document of the store is believed. `content`: its name is the digest of what it says, made again where it is read.
 * `sealed`: an HMAC or a cipher with the project's row key. `signed`: a person's signature, by the policy in force. `chain`:
 * the audit chain says the same, and is decided anew. `nothing`: whoever writes to the store chooses what it says.
 */
export const AUTHORITIES = ['content', 'sealed', 'signed', 'chain', 'nothing'] as const;
export type Authority = (typeof AUTHORITIES)[number];

export interface Believed {
  readonly authority: Authority;
  /** What shows a change; of `nothing`: what somebody who changes it gains, and what still stands in the way. */
  readonly why: string;
}

/** Every kind of object in the store by the first name of its keys, and what it is believed by. docs/security.md shows it. */
export const DOCUMENTS: Readonly<Record<string, Believed>> = {
  access: {
    authority: 'sealed',
    why: 'seal over project, entry, hash and state; else the chain is read from its first entry',
  },
  artifacts: {authority: 'content', why: 'hashed whenever it is read, while it streams'},
  audit: {
    authority: 'signed',
    why: '`audit verify` decides it anew from signatures and the order of the entries; a signed head kept elsewhere fixes what is before it',
  },
  'audit-head': {
    authority: 'chain',
    why: 'names an entry: one that is missing, or another than the chain’s, is a break for `audit verify`',
  },
  cache: {
    authority: 'sealed',
    why: 'seal over stage, key and result; a result without one is made again',
  },
  checkpoints: {
    authority: 'nothing',
    why: 'what a killed training goes on from: other weights make another adapter, which gates and approval judge as any',
  },
  costs: {authority: 'nothing', why: 'sums of money: shown, and compared with the budget'},
  curations: {
    authority: 'nothing',
    why: 'from which version a dataset grows: another one makes another digest, which report and approval name',
  },
  datasets: {
    authority: 'content',
    why: 'made again from its index by `lineage` and `audit verify`; which files hold its rows is outside the digest',
  },
  drift: {
    authority: 'nothing',
    why: 'looks of the monitor: may start a retrain, whose candidate is judged as any',
  },
  estimates: {authority: 'nothing', why: 'shown beside what a stage took'},
  feedback: {
    authority: 'nothing',
    why: 'votes and corrections, as any client may send them: capped for each key, and never golden by themselves',
  },
  'gateway-keys': {
    authority: 'nothing',
    why: 'who may ask: a key that the chain does not name was not made by the command line',
  },
  'key-usage': {authority: 'nothing', why: 'what keys were used for: a budget may be spent twice'},
  leases: {authority: 'nothing', why: 'who trains or builds: work may be done twice, or not at all'},
  ledgers: {
    authority: 'nothing',
    why: 'which records are processed already: rows may be left out or brought in, in a version with another digest',
  },
  listings: {authority: 'nothing', why: 'whether sources have changed: a retrain may start, or not'},
  outcomes: {
    authority: 'nothing',
    why: 'what became of a release that is or was stable: shown by a run that makes it again, and moves nothing',
  },
  pointers: {
    authority: 'chain',
    why: 'the last move of the chain, or the very next one, permitted; anything else is a break',
  },
  probe: {authority: 'nothing', why: 'written and deleted when a store is checked'},
  raw: {authority: 'sealed', why: 'AES-256-GCM with its own name authenticated'},
  releases: {
    authority: 'content',
    why: 'hashed whenever it is read; outside the digest are `parent`, which is only shown, and `createdFrom`, which `lineage` and `audit verify` compare with the adapter',
  },
  reports: {
    authority: 'content',
    why: 'an entry that says other things than its report, which is read by its digest, is refused; which pages show it is not checked',
  },
  retired: {authority: 'chain', why: 'the chain names it too: a move behind that entry is a break'},
  runs: {
    authority: 'nothing',
    why: 'summaries for people; who started a run, and what was approved, are read from the chain',
  },
  traces: {
    authority: 'nothing',
    why: 'answers as the gateway wrote them: who writes others can end a rollout, or let its analysis pass; approval comes before it',
  },
  vectors: {authority: 'nothing', why: 'embeddings: what a search shows, and what drift is measured against'},
  'vectors-built': {authority: 'nothing', why: 'that a table of embeddings is whole'},
  versions: {
    authority: 'sealed',
    why: 'seal over the workflow code’s digest and build: other code is not run',
  },
};
