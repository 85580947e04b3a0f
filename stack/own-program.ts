import {existsSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

/** `.ts` in a checkout, `.js` where the package was compiled. */
const EXTENSION = path.extname(fileURLToPath(import.meta.url));

/** The root of the code: the checkout, or `dist` of the package. */
export const CODE_ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The file of one of our own programs, named by its path without extension: `workers/main`. */
export function ownProgram(name: string): string {
  return path.join(CODE_ROOT, name + EXTENSION);
}

/** The folder of the package, with package.json: the parent of `dist` where the code was compiled. */
export const PACKAGE_ROOT = existsSync(path.join(CODE_ROOT, 'package.json'))
  ? CODE_ROOT
  : path.dirname(CODE_ROOT);
