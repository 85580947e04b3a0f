import type {Command} from 'commander';
import {createKey, createOfflineKey, keyFolder, listKeys, loadKey} from '../../stores/access/keys.ts';
import type {SigningKey} from '../../stores/access/keys.ts';
import {acting, define, group} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, table} from '../output.ts';

export function keys(program: Command): void {
  const parent = group(program, 'keys', {
    what: 'your Ed25519 keys for approvals and other acts; the private key stays in your configuration folder',
    examples: ['ratchet keys create anna', 'ratchet keys list'],
  });

  define(parent, 'list', {what: 'list your keys', examples: ['ratchet keys list'], project: false}).action(
    acting(async (options: CommonOptions) => {
      const own = await Promise.all((await listKeys()).map((name) => loadKey(name, folderAlone())));
      const named = process.env['RATCHET_KEY'] ? [await loadKey('RATCHET_KEY')] : [];
      const all = [...named, ...own].map(publicPart);
      if (options.json) printJson(all);
      else
        print(
          table(
            ['name', 'key', 'public', 'file'],
            all.map(({name, id, public: text, file}) => [name, id, text, file]),
            `no key in ${keyFolder()}: make one with \`ratchet keys create NAME\``,
          ),
        );
      return Exit.done;
    }),
  );

  define(parent, 'create [name]', {
    what: 'make a key; an existing one is never overwritten',
    examples: ['ratchet keys create anna', 'ratchet keys create recovery --offline /media/usb/recovery.pem'],
    project: false,
  })
    .option(
      '--offline <file>',
      'a recovery key: its private key is written only to this file, on a medium that you lock away',
    )
    .action(acting(create));

  define(parent, 'show [name]', {
    what: 'show the public half of a key',
    examples: ['ratchet keys show anna', 'ratchet keys show anna --pem > anna.pub.pem'],
    project: false,
  })
    .option('--pem', 'as PEM')
    .action(
      acting(async (name: string | undefined, options: CommonOptions & {readonly pem?: boolean}) => {
        const key = await chosenKey(name);
        if (options.json) printJson(publicPart(key));
        else if (options.pem) print(key.publicPem.trimEnd());
        else print(key.publicText);
        return Exit.done;
      }),
    );
}

async function create(
  name: string | undefined,
  options: CommonOptions & {readonly offline?: string},
): Promise<Exit> {
  const {offline} = options;
  const key =
    offline === undefined
      ? await createKey(name ?? 'default', folderAlone())
      : await createOfflineKey(name ?? 'recovery', offline);
  const line = `    - {name: ${key.name}, key: '${key.publicText}', roles: [approver]}`;
  if (options.json) printJson(publicPart(key));
  else if (offline === undefined) {
    print(`key ${key.id} is in ${key.path}, readable by you alone`);
    print('To let it approve, add to the approvers in ratchet.yaml:');
    print(line);
  } else {
    print(`recovery key ${key.id} is in ${key.path}, and nowhere else: lock the medium away`);
    print('Add it to the approvers in ratchet.yaml, with the roles of the person it replaces:');
    print(line);
    print(`In an emergency: RATCHET_KEY=${key.path} ratchet rollback`);
  }
  return Exit.done;
}

/** What is named lies in the folder of keys, whatever RATCHET_KEY says. */
function folderAlone(): NodeJS.ProcessEnv {
  return {...process.env, RATCHET_KEY: undefined};
}

/** Without a name: that of RATCHET_KEY, else the only key there is, else `default`. */
async function chosenKey(name: string | undefined): Promise<SigningKey> {
  if (name !== undefined) return loadKey(name, folderAlone());
  if (process.env['RATCHET_KEY']) return loadKey('RATCHET_KEY');
  const names = await listKeys();
  return loadKey(names.length === 1 ? names[0]! : 'default');
}

function publicPart(key: SigningKey) {
  return {name: key.name, id: key.id, public: key.publicText, file: key.path};
}
