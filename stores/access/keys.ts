import {createPrivateKey, createPublicKey, generateKeyPairSync} from 'node:crypto';
import type {KeyObject} from 'node:crypto';
import {mkdir, open, readFile, readdir, stat} from 'node:fs/promises';
import {homedir} from 'node:os';
import {basename, dirname, join, resolve} from 'node:path';
import type {Approver} from '../../schemas/approval.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {keyId, publicKeyObject, rawPublicKey} from '../../core/approval/signature.ts';

/** An approver's own key: the private half stays in the user's configuration folder. */
export interface SigningKey {
  readonly name: string;
  readonly path: string;
  /** Key id, 16 hex digits. */
  readonly id: string;
  readonly privateKey: KeyObject;
  /** `ed25519:` + base64 of the raw public key, as ratchet.yaml takes it. */
  readonly publicText: string;
  readonly publicPem: string;
}

/** An approver of ratchet.yaml with the key read. */
export interface ResolvedApprover {
  readonly name: string;
  readonly id: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly roles: Approver['roles'];
  /** What they may move as an operator; both if missing. */
  readonly moves?: Approver['moves'];
}

type Environment = Record<string, string | undefined>;

/** `$XDG_CONFIG_HOME/ratchet/keys`, else `~/.config/ratchet/keys`. */
export function keyFolder(env: Environment = process.env): string {
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'ratchet', 'keys');
}

/** Where the key NAME lies; RATCHET_KEY, the path of a PEM file, goes before any name. */
export function keyPath(name: string, env: Environment = process.env): string {
  const override = env['RATCHET_KEY'];
  if (override) return resolve(override);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new RatchetError(
      'InvalidInput',
      `${JSON.stringify(name)} is not a key name: expected letters, digits, ".", "_" and "-"`,
    );
  }
  return join(keyFolder(env), `${name}.pem`);
}

/**
 * Makes an Ed25519 key: PKCS#8 PEM with mode 0600 in a folder with mode 0700. Never overwrites one (InvalidInput).
 * @example const key = await createKey('anna'); console.log(key.publicText)
 */
export async function createKey(name: string, env: Environment = process.env): Promise<SigningKey> {
  const path = keyPath(name, env);
  await mkdir(dirname(path), {recursive: true, mode: 0o700});
  return writeKey(name, path);
}

/**
 * Makes a key in a file that the caller names, such as one on a medium that is kept offline, and nowhere else. Its folder must
 * be there. Never overwrites one (InvalidInput).
 */
export async function createOfflineKey(name: string, file: string): Promise<SigningKey> {
  // Its name goes into ratchet.yaml, as any other's.
  keyPath(name, {});
  return writeKey(name, resolve(file)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
    throw new RatchetError(
      'InvalidInput',
      `${dirname(resolve(file))} is not there: make it, or mount the medium`,
    );
  });
}

async function writeKey(name: string, path: string): Promise<SigningKey> {
  const {privateKey} = generateKeyPairSync('ed25519');
  const pem = privateKey.export({type: 'pkcs8', format: 'pem'}) as string;
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new RatchetError(
      'InvalidInput',
      `${path} is there already: a key is never overwritten; use it, or choose another name`,
    );
  });
  try {
    await file.chmod(0o600);
    await file.writeFile(pem);
    await file.sync();
  } finally {
    await file.close();
  }
  return describe(name, path, privateKey);
}

/** Reads a private key. Refuses one that others can read, and one that is not Ed25519 (InvalidInput). */
export async function loadKey(name: string, env: Environment = process.env): Promise<SigningKey> {
  const path = keyPath(name, env);
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new RatchetError(
      'InvalidInput',
      env['RATCHET_KEY']
        ? `RATCHET_KEY names ${path}, and no file is there: correct or unset it`
        : `no key at ${path}: make one with "ratchet keys create ${name}"`,
    );
  });
  if ((info.mode & 0o077) !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, '0');
    throw new RatchetError(
      'InvalidInput',
      `${path} has mode ${mode}: others can read a private key; run: chmod 600 ${path}`,
    );
  }
  const pem = await readFile(path, 'utf8');
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    throw new RatchetError(
      'InvalidInput',
      `${path} holds no private key: expected an Ed25519 key as PKCS#8 PEM`,
      {
        cause,
      },
    );
  }
  return describe(env['RATCHET_KEY'] ? basename(path, '.pem') : name, path, privateKey);
}

/** Names of the keys in the user's folder, sorted. */
export async function listKeys(env: Environment = process.env): Promise<string[]> {
  const files = await readdir(keyFolder(env)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return files
    .filter((file) => file.endsWith('.pem'))
    .map((file) => basename(file, '.pem'))
    .sort();
}

/**
 * `ed25519:BASE64`, or the text of a public key PEM → the raw 32 bytes. Throws InvalidInput; `where` names the place.
 */
export function readPublicKey(text: string, where: string): Uint8Array {
  const inline = /^ed25519:([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/.exec(text.trim());
  if (inline) {
    const raw = Buffer.from(inline[1]!, 'base64');
    publicKeyObject(raw);
    return raw;
  }
  if (text.includes('PRIVATE KEY')) {
    throw new RatchetError('InvalidInput', `${where} is a private key: expected the public one`);
  }
  try {
    return rawPublicKey(createPublicKey(text));
  } catch (cause) {
    throw new RatchetError(
      'InvalidInput',
      `${where} is no Ed25519 public key: expected "ed25519:" and 44 base64 digits, or a public key PEM`,
      {cause},
    );
  }
}

/**
 * The approvers of a project with their keys read; `file:` keys are relative to `folder`, that of the YAML.
 * Throws InvalidInput for a key that cannot be read, and for one key under two names.
 */
export async function resolveApprovers(
  approvers: readonly Approver[],
  folder: string,
): Promise<ResolvedApprover[]> {
  const resolved: ResolvedApprover[] = [];
  for (const {name, key, roles, moves} of approvers) {
    const where = `approval.approvers: key of ${name}`;
    const publicKey = readPublicKey(await keyText(key, folder, where), where);
    const id = keyId(publicKey);
    const other = resolved.find((approver) => approver.id === id);
    if (other && other.name !== name) {
      throw new RatchetError('InvalidInput', `${where} is also the key of ${other.name}: one key, one name`);
    }
    resolved.push({name, id, publicKey, roles, ...(moves === undefined ? {} : {moves})});
  }
  return resolved;
}

async function keyText(key: string, folder: string, where: string): Promise<string> {
  if (!key.startsWith('file:')) return key;
  const path = resolve(folder, key.slice('file:'.length));
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new RatchetError('InvalidInput', `${where}: cannot read ${path} (${cause.code})`, {cause});
  });
}

function describe(name: string, path: string, privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  let raw: Uint8Array;
  try {
    raw = rawPublicKey(publicKey);
  } catch (cause) {
    throw new RatchetError('InvalidInput', `${path}: ${(cause as Error).message}`, {cause});
  }
  return {
    name,
    path,
    id: keyId(raw),
    privateKey,
    publicText: `ed25519:${Buffer.from(raw).toString('base64')}`,
    publicPem: publicKey.export({type: 'spki', format: 'pem'}) as string,
  };
}
