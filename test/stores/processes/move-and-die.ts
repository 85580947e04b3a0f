/** move-and-die.ts URL PROJECT RELEASE [BY]: makes RELEASE stable and is killed when it is about to write the audit entry. */
import {openStore} from '../../../stores/objects/open-store.ts';
import {Pointers} from '../../../stores/registry/pointers.ts';

const [url, project, release, by = 'rollout'] = process.argv.slice(2) as [string, string, string, string?];
const store = await openStore(url);
const put = store.put.bind(store);
store.put = (key, body, condition) => {
  if (key.startsWith('audit/')) process.kill(process.pid, 'SIGKILL');
  return put(key, body, condition);
};
await new Pointers(store).move(project, (current) => ({
  move: {stable: release, canary: null, shadow: current.shadow, by, why: 'promoted, then killed'},
}));
