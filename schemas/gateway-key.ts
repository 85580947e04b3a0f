import {z} from 'zod';
import {Digest} from './artifact.ts';
import {failsClosed} from './tolerant.ts';

/**
 * What a key of the gateway opens: `chat` asks and lists models, `feedback` gives feedback, `read` reads metrics and health,
 * `admin` that and what is known of each key.
 */
export const SCOPES = ['chat', 'feedback', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

const KeyId = z.string().regex(/^[0-9a-f]{12}$/);

/** A key as it is stored: the token itself is nowhere. */
export const GatewayKey = z.strictObject({
  /** 12 hex digits, of no meaning: stands in traces, usage and the audit chain. */
  id: KeyId,
  /** The first key of a line of rotations: rate, budget and concurrency are counted by it, so a rotation doubles none of them. */
  family: KeyId,
  /** sha256 over the token's UTF-8 bytes. */
  hash: Digest,
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'expected up to 64 letters, digits, ".", "_" and "-", a letter or digit first',
    ),
  scopes: z.array(z.enum(SCOPES)).min(1),
  created: z.iso.datetime(),
  createdBy: z.string(),
  /** Null: never. */
  expires: z.iso.datetime().nullable(),
  /** Requests: so many a second in the long run, `burst` at once. Null: as many as the gateway takes. */
  rate: z.strictObject({perSecond: z.number().positive(), burst: z.int().min(1)}).nullable(),
  /** At most so much from 0:00 to 24:00 UTC; `tokens` = prompt + completion, `cost` in the project's currency. */
  budget: z
    .strictObject({tokens: z.int().min(1).nullable(), cost: z.number().positive().nullable()})
    .nullable(),
  /** By rotation: the key that came for it, and until when both are good. */
  replaced: z.strictObject({by: KeyId, until: z.iso.datetime()}).nullable(),
  revoked: z.strictObject({by: z.string(), at: z.iso.datetime()}).nullable(),
});
export type GatewayKey = z.infer<typeof GatewayKey>;

/** `gateway-keys/PROJECT.json`: all of a project's keys, so that a gateway follows them by one read and a rotation is one write. */
export const GatewayKeySet = failsClosed(
  z.strictObject({
    v: z.literal(1),
    project: z.string(),
    keys: z.array(GatewayKey),
    /** Rotated keys that have left `keys`, by id their family: traces and feedback name them for good. */
    former: z.record(KeyId, KeyId).optional(),
  }),
);
export type GatewayKeySet = z.infer<typeof GatewayKeySet>;

export const UsageCounts = z.strictObject({
  family: KeyId,
  /** Requests that were let in, and those that a limit of the key or of the gateway, or a missing scope, turned away. */
  requests: z.int().nonnegative(),
  refused: z.int().nonnegative(),
  promptTokens: z.int().nonnegative(),
  completionTokens: z.int().nonnegative(),
  cost: z.number().nonnegative(),
  /** Of the last request that was let in; null if none was. */
  last: z.iso.datetime().nullable(),
});
export type UsageCounts = z.infer<typeof UsageCounts>;

/** `key-usage/PROJECT/2026-11-26/GATEWAY.json`: what one gateway process let each key do on one day (UTC). Only it writes there. */
export const KeyUsageDay = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  day: z.iso.date(),
  gateway: KeyId,
  at: z.iso.datetime(),
  /** By key id. */
  keys: z.record(KeyId, UsageCounts),
});
export type KeyUsageDay = z.infer<typeof KeyUsageDay>;
