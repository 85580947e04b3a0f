import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

/** A copy of the working tree that mutants are written into: nobody works in it. */
export class Scratch {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'ratchet-mutate-'));

  constructor(root: string) {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    for (const file of listed
      .split('\0')
      .filter((name) => name !== '' && existsSync(path.join(root, name)))) {
      mkdirSync(path.dirname(path.join(this.folder, file)), {recursive: true});
      cpSync(path.join(root, file), path.join(this.folder, file), {verbatimSymlinks: true});
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(this.folder, 'node_modules'));
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.folder, file), text);
  }

  remove(): void {
    rmSync(this.folder, {recursive: true, force: true});
  }
}
