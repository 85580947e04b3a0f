import type {ErrorType} from '../../schemas/errors.ts';

/** What each type means to who meets it, and what to do: complete by its type. */
export const ERROR_MEANINGS: Readonly<Record<ErrorType, {readonly means: string; readonly todo: string}>> = {
  InvalidInput: {
    means: 'The call, its input or a setting is invalid',
    todo: 'The message says what was expected, what came, and where; correct it and try again',
  },
  ArtifactMissing: {
    means: 'A reference names bytes that are not in the store',
    todo: 'Restore the object (an earlier version, if the bucket keeps them), or run again: Ratchet rebuilds what it can',
  },
  DigestMismatch: {
    means: 'Bytes do not hash to the digest that names them: truncated or replaced',
    todo: 'Restore or delete the object, then run again; find out who can write to the store',
  },
  PointerConflict: {
    means: 'Another process moved the deployment at the same moment',
    todo: 'Nothing: the move is decided again. From a command: check `ratchet releases`, then call it again',
  },
  StoreUnfit: {
    means: 'The object store ignores conditional writes or ranges',
    todo: 'Use a store that supports them: Ratchet cannot protect its pointers on this one',
  },
  AccessDenied: {
    means: 'The object store, the model hub or a provider refused the credentials',
    todo: 'Correct the credentials in the environment of the worker that reports it, then run again',
  },
  Unavailable: {
    means: 'The object store or another service could not be reached',
    todo: 'Nothing while it is retried; if it persists, the message names the service and its address',
  },
  DiskFull: {
    means: 'The disk had no space left to write an artifact',
    todo: 'Free some space, then run again: finished work is reused',
  },
  TooManyMalformed: {
    means: 'More records could not be read than `curation.malformed_share` allows',
    todo: 'The message names the first ones; fix the source, or raise the share if you can lose them',
  },
  EmptySource: {
    means: 'A source holds no record, or none survived curation',
    todo: 'Look at the drop reasons in the message; correct the source’s uri, its fields or the rules',
  },
  GoldenOverlap: {
    means: 'A training would have seen rows of a golden set',
    todo: 'This is always refused: curate again. A dataset version that Ratchet made does not overlap',
  },
  ZeroSupervisedTokens: {
    means: 'No answer had a token left to learn from',
    todo: 'Raise `training.sequence_len` or lower the task’s `max_input_tokens`; check that answers are not empty',
  },
  GpuOutOfMemory: {
    means: 'The device has too little memory for a batch',
    todo: 'Lower `training.micro_batch_size` (and raise `gradient_accumulation_steps` for it) or `training.sequence_len`, then run again',
  },
  NoProgress: {
    means: 'The trainer was started three times without reaching a new checkpoint',
    todo: 'Read its log (the message names it); checkpoint more often with `training.save_steps`',
  },
  TrainerFailed: {
    means: 'The trainer ended with an error of its own',
    todo: 'The message has its last line and names its log',
  },
  BudgetExceeded: {
    means:
      'The budget is spent, and the training stopped at a checkpoint; or an account with a provider has no quota left',
    todo: 'Raise the budget and run again: it continues from that checkpoint. For a provider: the message names the key whose account it is',
  },
  RateLimited: {
    means: 'A service asked for a pause',
    todo: 'Nothing: the call is repeated after the pause',
  },
  WrongProjectKey: {
    means: 'This worker has a different row key than the one the run was started with',
    todo: 'Give every worker the same RATCHET_PROJECT_KEY, or the same project folder',
  },
  DecisionRefused: {
    means: 'A decision’s signature, key, role, digests or deadline is not valid',
    todo: 'The message says which; sign again with `ratchet approve`',
  },
  NotPermitted: {
    means:
      'A rollout or another act lacks what it needs: passing gates, an approval, a role. Or the audit chain no longer contains what a process has read from it',
    todo: 'The message names what is missing. For the chain: `ratchet audit verify`, then restart the workers',
  },
  AdapterNotServed: {
    means: 'The engine answered, but not with the adapter that the request named',
    todo: 'Check that the engine can read the adapter’s folder and was started with LoRA',
  },
  Fenced: {
    means: 'Another worker took over this job while this one was away',
    todo: 'Nothing: the other worker continues, and this one’s output is discarded',
  },
};
