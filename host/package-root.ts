import {existsSync} from 'node:fs';
import path from 'node:path';

/** Root of the checkout or of the installed package, which ships its TypeScript sources beside the compiled ones. */
export function packageRoot(from: string = import.meta.dirname): string {
  let folder = from;
  while (!existsSync(path.join(folder, 'package.json')) || path.basename(folder) === 'dist') {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${from}`);
    folder = parent;
  }
  return folder;
}
