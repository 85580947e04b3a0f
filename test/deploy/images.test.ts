import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {DockerfileParser} from 'dockerfile-ast';
import {describe, expect, test} from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');
const FOLDER = path.join(ROOT, 'deploy', 'docker');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.Dockerfile'));

/** Docker is not here: the files are read, not built. */
describe.each(FILES)('%s', (name) => {
  const file = DockerfileParser.parse(readFileSync(path.join(FOLDER, name), 'utf8'));
  const instructions = file.getInstructions();
  const keywords = instructions.map((one) => one.getKeyword());
  const last = keywords.lastIndexOf('FROM');
  const args = new Map(
    file.getInitialARGs().flatMap((arg) => {
      const property = arg.getProperty();
      return property ? [[property.getName(), property.getValue()] as const] : [];
    }),
  );

  test('is built of Debian images of one version each', () => {
    expect(file.getFROMs().length).toBeGreaterThan(1);
    for (const from of file.getFROMs()) {
      const image = from
        .getImage()!
        .replace(/\$\{(\w+)\}/g, (_, variable: string) => args.get(variable) ?? '');
      expect(image).toMatch(/^(node|python):\d+\.\d+\.\d+-slim-trixie$|^node:\d+\.\d+\.\d+-trixie-slim$/);
    }
  });

  test('runs as a number that is not root, by a program and not by a shell', () => {
    const ofLast = instructions.slice(last);
    const user = ofLast.findLast((one) => one.getKeyword() === 'USER')!;
    expect(user.getArgumentsContent()).toBe('10001:10001');
    expect(
      ofLast.filter((one) => one.getKeyword() === 'ENTRYPOINT').map((one) => one.getArgumentsContent()),
    ).toEqual(['["node"]']);
    expect(keywords.lastIndexOf('RUN')).toBeLessThan(keywords.lastIndexOf('USER'));
  });

  test('names programs that are there, and keeps no package manager’s leavings', () => {
    const text = readFileSync(path.join(FOLDER, name), 'utf8');
    const programs = [...text.matchAll(/["\s]([\w/-]+\.(?:ts|js))\b/g)].map(([, program]) => program!);
    expect(programs.length).toBeGreaterThan(1);
    for (const program of programs) expect(existsSync(path.join(ROOT, program)), program).toBe(true);
    expect(text).not.toMatch(/apt-get install(?!.*rm -rf \/var\/lib\/apt)/);
    expect(text).not.toContain('--unsafe-perm');
  });
});

test('neither secrets nor tests go into an image', () => {
  const ignored = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8').split('\n');
  for (const one of ['.git', 'test', 'node_modules', '**/.ratchet', '*.key', '*.pem'])
    expect(ignored).toContain(one);
});
