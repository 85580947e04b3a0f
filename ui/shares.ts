import type {Deployment} from '../schemas/deployment.ts';

/** What of the traffic a release gets: `stable 90 %`, `canary 10 %`, `shadow 100 %`, `former`; null for nothing. */
export function sharesOf(release: string, deployment: Deployment | null): string | null {
  if (deployment === null) return null;
  const {stable, canary, shadow, former} = deployment;
  const parts: string[] = [];
  if (stable === release) parts.push(`stable ${100 - (canary?.weight ?? 0)} %`);
  if (canary?.release === release) parts.push(`canary ${canary.weight} %`);
  if (shadow?.release === release) parts.push(`shadow ${shadow.weight} %`);
  if (parts.length > 0) return parts.join(', ');
  return former.includes(release) ? 'former' : null;
}
