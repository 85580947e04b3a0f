/** Writes dist/build.json: the commit that the package was built of, since it has no .git to be asked. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {STAMP, thisBuild} from '../../host/build.ts';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';

const {id, sources} = await thisBuild(PACKAGE_ROOT);
await writeFile(path.join(PACKAGE_ROOT, STAMP), `${JSON.stringify({v: 1, id, sources})}\n`);
