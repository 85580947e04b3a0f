import type {ErrorType} from '../../schemas/errors.ts';

/** What each type means to who meets it, and what to do: complete by its type. */
export const ERROR_MEANINGS: Readonly<Record<ErrorType, {readonly means: string; readonly todo: string}>> = {
  InvalidInput: {
    means: 'The call, its input or a setting cannot be used',
    todo: 'The message says what was expected, what came, and where; correct that and call again',
  },
  ArtifactMissing: {
    means: 'A reference names bytes that are not in the store',
    todo: 'Restore the object (a former version, where the bucket keeps them), or run again: what can be made anew is made',
  },
  DigestMismatch: {
    means: 'Bytes do not hash to the digest that names them: truncated or exchanged',
    todo: 'Restore or delete the object, then run again; ask who can write to the store',
  },
  PointerConflict: {
    means: 'Somebody else moved the deployment at the same moment',
    todo: 'Nothing: the move is decided anew. From a command: look with `ratchet releases`, then call again',
  },
  StoreUnfit: {
    means: 'The object store ignores conditional writes or ranges',
    todo: 'Use one that has them; nothing can be guarded on this one',
  },
  AccessDenied: {
    means: 'The object store or the model hub refused the credentials',
    todo: 'Correct the credentials in the environment of the worker that says so, then run again',
  },
  Unavailable: {
    means: 'The object store or another service could not be reached',
    todo: 'Nothing while it is retried; where it lasts, the message names the service and its address',
  },
  DiskFull: {
    means: 'No space was left where an artifact had to be written',
    todo: 'Make space there, then run again: what is done is found',
  },
  TooManyMalformed: {
    means: 'More records could not be read than `curation.malformed_share` allows',
    todo: 'The message names the first ones; mend the source, or raise the share if they may be lost',
  },
  EmptySource: {
    means: 'A source holds no record, or none survived curation',
    todo: 'Look at the drop reasons in the message; correct the source’s uri, its fields or the rules',
  },
  GoldenOverlap: {
    means: 'A training would have seen rows of a golden set',
    todo: 'It is refused and stays so: curate anew. A dataset version that ratchet made does not overlap',
  },
  ZeroSupervisedTokens: {
    means: 'No token of an answer was left to learn from',
    todo: 'Raise `training.sequence_len` or lower the task’s `max_input_tokens`; check that answers are not empty',
  },
  GpuOutOfMemory: {
    means: 'The device’s memory did not suffice for a batch',
    todo: 'Lower `training.micro_batch_size` (and raise `gradient_accumulation_steps` for it) or `training.sequence_len`, then run again',
  },
  NoProgress: {
    means: 'The trainer was started three times without coming to a new checkpoint',
    todo: 'Read its log (the message names it); checkpoint more often with `training.save_steps`',
  },
  TrainerFailed: {
    means: 'The trainer ended with an error of its own',
    todo: 'The message holds its last line, and names its log',
  },
  BudgetExceeded: {
    means: 'What was spent reached the budget; the training stopped at a checkpoint',
    todo: 'Raise the budget and run again: it goes on from that checkpoint',
  },
  RateLimited: {
    means: 'A service asked for a pause',
    todo: 'Nothing: it is called again when the service said',
  },
  WrongProjectKey: {
    means: 'This worker holds another row key than the one the run was started with',
    todo: 'Give every worker the same RATCHET_PROJECT_KEY, or the same project folder',
  },
  DecisionRefused: {
    means: 'A decision’s signature, key, role, digests or deadline do not hold',
    todo: 'The message says which; sign again with `ratchet approve`',
  },
  NotPermitted: {
    means:
      'A rollout, or another act, without what it needs: passing gates, an approval, a role; or an audit chain that no longer holds what a process has read of it',
    todo: 'The message names what is missing. For the chain: `ratchet audit verify`, then restart the workers',
  },
  AdapterNotServed: {
    means: 'The engine answered, but not with the adapter that it was asked to use',
    todo: 'Look whether the engine can read the adapter’s folder, and whether it was started with LoRA',
  },
  Fenced: {
    means: 'Another writer took over this job while this one was away',
    todo: 'Nothing: the other one goes on, and what this one would have written is thrown away',
  },
};
