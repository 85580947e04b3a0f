import {ErrorType, RatchetError} from '../schemas/errors.ts';

/** What the Hub was asked for. */
export interface HubRequest {
  readonly id: string;
  readonly revision: string;
  readonly endpoint: string;
  readonly withToken: boolean;
}

/**
 * What the Hub's refusal means for the project, in one line. Who asks without a token gets 401 for unknown models, too: the
 * Hub doesn't say which private ones there are. `code` is its header X-Error-Code.
 */
export function hubError(
  {id, revision, endpoint, withToken}: HubRequest,
  status: number,
  code: string | null,
): RatchetError {
  const {host} = new URL(endpoint);
  if (code === 'RevisionNotFound')
    return new RatchetError(
      ErrorType.InvalidInput,
      `base_model.revision: ${id} has no revision ${revision} on ${host}: expected a branch, tag or commit of it`,
    );
  if (status === 401 || status === 403) return new RatchetError(ErrorType.AccessDenied, denied());
  if (status === 404)
    return new RatchetError(
      ErrorType.InvalidInput,
      `base_model.path: ${host} has no model ${id}: check the id; if a folder is meant, it does not exist`,
    );
  if (status === 429)
    return new RatchetError(
      ErrorType.RateLimited,
      `${host} was asked too often for ${id}: wait, or set HF_TOKEN`,
    );
  return new RatchetError(
    status >= 500 ? ErrorType.Unavailable : ErrorType.InvalidInput,
    `${host} answered with ${status} for ${id} at ${revision}: try again later, or download the model into a folder and name that as base_model.path`,
  );

  function denied(): string {
    if (withToken && status === 401)
      return `base_model.path: ${host} refuses HF_TOKEN for ${id}: expected a token that is valid and may read`;
    if (withToken)
      return `base_model.path: ${id} is gated or private, and HF_TOKEN's owner may not read it: ask for access at ${endpoint}/${id}`;
    if (status === 401 && code !== 'GatedRepo')
      return `base_model.path: ${host} shows no model ${id} without a token: check the id; for a private or gated model set HF_TOKEN`;
    return `base_model.path: ${id} is gated or private: set HF_TOKEN to a token of an account that has access`;
  }
}

/** Nobody answered, or not to the end. */
export function unreachable({id, endpoint}: HubRequest, error: unknown): RatchetError {
  const {name, cause} = error as {name: string; cause?: {code?: string}};
  return new RatchetError(
    ErrorType.Unavailable,
    `${new URL(endpoint).host} cannot be reached (${cause?.code ?? name}) for the base model ${id}: check the network and HF_ENDPOINT, or download the model into a folder and name that as base_model.path`,
    {cause: error},
  );
}
