import {isGrpcServiceError} from '@temporalio/client';

/** gRPC's codes for a server that cannot be reached or does not answer in time; a call that met its own deadline may say 1. */
const AWAY: readonly number[] = [1, 4, 14];

/** Temporal cannot be reached or did not answer in time, however deep the error says so. */
export function isAway(error: unknown): boolean {
  if (isGrpcServiceError(error)) return AWAY.includes(error.code);
  if (!(error instanceof Error)) return false;
  return error.message.startsWith('Failed to connect before the deadline') || isAway(error.cause);
}
