import {spawn} from 'node:child_process';
import {resolveEnvironment} from '../../launcher/environment.js';

const {manifestCheck} = resolveEnvironment();
/** Why manifests are not checked by Kubernetes' own validation here; undefined where they are. */
export const UNCHECKED =
  manifestCheck === undefined
    ? (process.env['RATCHET_CHART_UNCHECKED'] ??
      'no Kubernetes validation: `npm test` builds it where Go is installed')
    : undefined;

/** What the API server would say of these manifests: a line for each error; none where they are not checked here. */
export async function refusedManifests(manifests: readonly unknown[]): Promise<string[]> {
  if (manifestCheck === undefined) return [];
  const said = await new Promise<string>((resolve, reject) => {
    const child = spawn(manifestCheck, {stdio: ['pipe', 'pipe', 'inherit']});
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 || code === 1 ? resolve(text) : reject(new Error(`manifest-check ended with ${code}`)),
    );
    child.stdin.end(JSON.stringify(manifests));
  });
  const verdicts = said
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as {kind: string; name: string; errors: string[]});
  if (verdicts.length !== manifests.length)
    throw new Error(`manifest-check judged ${verdicts.length} of ${manifests.length} manifests`);
  return verdicts.flatMap(({kind, name, errors}) => errors.map((error) => `${kind} ${name}: ${error}`));
}
