/** hold-lock.ts PATH: takes the lock file, says so, and never lets go. */
import {withFileLock} from '../../../stores/objects/file-lock.ts';

await withFileLock(process.argv[2]!, async () => {
  console.log('held');
  await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
});
