import {z} from 'zod';

export const NOTIFY_EVENTS = [
  'approval_waiting',
  'approval_reminder',
  'promoted',
  'fell_back',
  'drift',
  'run_failed',
  'budget',
  'break_glass',
] as const;
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number];

/** Where people are told of what happened. */
export const Notify = z.strictObject({
  url: z.url({protocol: /^https?$/, error: 'expected an http or https address'}),
  /** Name of the environment variable, on the cpu worker, that holds the secret which signs what is sent. */
  secret_env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'),
  events: z.array(z.enum(NOTIFY_EVENTS)).min(1),
});
export type Notify = z.infer<typeof Notify>;

/** What is sent: digests, names and short facts, nothing of users' texts. */
export const Notice = z.strictObject({
  /** The same for every delivery of the same thing. */
  id: z.string().regex(/^[\w./:-]{1,200}$/),
  event: z.enum(NOTIFY_EVENTS),
  project: z.string(),
  at: z.iso.datetime(),
  /** Digests, run IDs and figures. */
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type Notice = z.infer<typeof Notice>;

/** What the notify workflow is started with: which entry of `notify` is told. */
export const NotifyInput = z.strictObject({notice: Notice, url: z.string()});
export type NotifyInput = z.infer<typeof NotifyInput>;
