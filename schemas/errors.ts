/**
 * The error types of the whole system. Their strings stand in histories, in retry policies and in the docs:
 * constant, never renamed. No zod in here: workflow code imports this file.
 */
export const ErrorType = {
  /** The call or its input cannot be used; the message says what was expected, what came, where. */
  InvalidInput: 'InvalidInput',
  /** A reference names bytes that are not in the store. */
  ArtifactMissing: 'ArtifactMissing',
  /** Bytes do not hash to the digest that names them. */
  DigestMismatch: 'DigestMismatch',
  /** A conditional write lost: somebody else moved the pointer. */
  PointerConflict: 'PointerConflict',
  /** The object store cannot do conditional writes, or ignores ranges. */
  StoreUnfit: 'StoreUnfit',
  /** The object store, the model hub or a provider refused the credentials. */
  AccessDenied: 'AccessDenied',
  /** The object store or another service could not be reached. Retried. */
  Unavailable: 'Unavailable',
  /** No space left where an artifact had to be written. */
  DiskFull: 'DiskFull',
  /** More malformed rows than the project allows. */
  TooManyMalformed: 'TooManyMalformed',
  /** A source holds no row, or none survived curation. */
  EmptySource: 'EmptySource',
  /** Training data overlaps a golden set. */
  GoldenOverlap: 'GoldenOverlap',
  /** Every supervised token was masked out. */
  ZeroSupervisedTokens: 'ZeroSupervisedTokens',
  GpuOutOfMemory: 'GpuOutOfMemory',
  /** The trainer was restarted without having reached a new checkpoint. */
  NoProgress: 'NoProgress',
  TrainerFailed: 'TrainerFailed',
  /** The run's budget is spent, or an account with a provider has no quota left. */
  BudgetExceeded: 'BudgetExceeded',
  RateLimited: 'RateLimited',
  /** This worker holds another row key than the one the run was started with. */
  WrongProjectKey: 'WrongProjectKey',
  /** A decision's signature, key, role, digests or deadline do not hold. */
  DecisionRefused: 'DecisionRefused',
  /** A rollout without passing gates or approval. */
  NotPermitted: 'NotPermitted',
  /** The engine answered, but not with the adapter it was asked to use. */
  AdapterNotServed: 'AdapterNotServed',
  /** Another writer took over this job's lease. */
  Fenced: 'Fenced',
} as const;
export type ErrorType = (typeof ErrorType)[keyof typeof ErrorType];

/** Types that no retry can fix. Everything else follows the retry policy of its activity. */
export const NON_RETRYABLE: readonly ErrorType[] = [
  ErrorType.InvalidInput,
  ErrorType.ArtifactMissing,
  ErrorType.DigestMismatch,
  ErrorType.StoreUnfit,
  ErrorType.AccessDenied,
  ErrorType.DiskFull,
  ErrorType.TooManyMalformed,
  ErrorType.EmptySource,
  ErrorType.GoldenOverlap,
  ErrorType.ZeroSupervisedTokens,
  ErrorType.GpuOutOfMemory,
  ErrorType.NoProgress,
  ErrorType.TrainerFailed,
  ErrorType.BudgetExceeded,
  ErrorType.WrongProjectKey,
  ErrorType.DecisionRefused,
  ErrorType.NotPermitted,
  ErrorType.AdapterNotServed,
  ErrorType.Fenced,
];

/**
 * An error with one clear line: what was expected, what came, where, what to do.
 * @example throw new RatchetError('DigestMismatch', `adapter.gguf hashes to ${got}, its reference says ${want}: restore the file or retrain`)
 */
export class RatchetError extends Error {
  readonly type: ErrorType;
  constructor(type: ErrorType, message: string, options?: {cause?: unknown}) {
    super(message, options);
    this.name = type;
    this.type = type;
  }
  get retryable(): boolean {
    return !NON_RETRYABLE.includes(this.type);
  }
}
