/** What is signed, and how a signature is written. No zod in here: workflow code imports this file. */

/**
 * An Ed25519 signature as text: base64 of 64 bytes, in its one canonical form (RFC 4648, 3.5: the last digit's spare bits are
 * zero). With other spare bits the same bytes would have 16 texts.
 */
export const SIGNATURE = /^[A-Za-z0-9+/]{85}[AQgw]==$/;

/** What a person does and signs for, besides a decision about a release. */
export const ACTS = [
  'run',
  'retrain',
  'cancel',
  'promote',
  'abort',
  'rollback',
  'break_glass',
  'reset',
  'delegate',
  'revoke',
  'policy',
  'retire',
  'api_key',
  'schedule',
  'gc',
  'set_current',
  'review',
] as const;
