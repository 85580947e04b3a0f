import type {SignedMessage} from '../../core/notify/message.ts';
import {RatchetError} from '../../schemas/errors.ts';

/**
 * Posts a signed message. 2xx is delivered; 5xx, 408, 425, 429 and no answer within `answerMs` throw Unavailable, to be tried
 * again; any other answer is the receiver's refusal, InvalidInput. Redirects are not followed: what is signed goes where the
 * project says. A webhook's path often is its password, so errors name the host alone.
 */
export async function post(
  url: string,
  {body, headers}: SignedMessage,
  {answerMs, signal}: {readonly answerMs: number; readonly signal: AbortSignal},
): Promise<number> {
  const {host} = new URL(url);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new RatchetError('Unavailable', `notify: ${host} ${why(error as Error, answerMs)}`);
  }
  await response.body?.cancel();
  if (response.ok) return response.status;
  if (response.status >= 500 || [408, 425, 429].includes(response.status))
    throw new RatchetError('Unavailable', `notify: ${host} answers ${response.status}`);
  throw new RatchetError(
    'InvalidInput',
    `notify: ${host} answers ${response.status}, expected 2xx: see url and secret_env under notify`,
  );
}

function why(error: Error, answerMs: number): string {
  if (error.name === 'TimeoutError') return `does not answer within ${answerMs / 1000} s`;
  const {cause} = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return `cannot be reached${code === '' ? '' : ` (${code})`}`;
}
