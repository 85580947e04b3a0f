import {z} from 'zod';
import {digestOf} from '../../core/identity/digest.ts';
import {Digest} from '../../schemas/artifact.ts';
import type {CurateSettings} from '../../schemas/stages/curate.ts';
import {readDocument, writeDocument} from '../../stores/objects/documents.ts';
import type {Stores} from '../../stores/stores.ts';

export const Lineage = z.strictObject({v: z.literal(1), parent: Digest.nullable()});

/**
 * The version that these records grow from: the parent that they had when they were first curated under these settings, so
 * that curating them again gives the same version, whatever became stable meanwhile; `parent` where they are new.
 */
export async function fixedParent(
  {objects}: Pick<Stores, 'objects'>,
  {
    project,
    settings,
    records,
    keyFingerprint,
    parent,
  }: {
    readonly project: string;
    readonly settings: CurateSettings;
    readonly records: string;
    readonly keyFingerprint: string;
    readonly parent: string | null;
  },
): Promise<string | null> {
  const id = digestOf({records, keyFingerprint, config: settings});
  const key = `curations/${project}/${id}.json`;
  await writeDocument(objects, key, Lineage, {v: 1, parent}, {ifNoneMatch: '*'});
  return (await readDocument(objects, key, Lineage))!.value.parent;
}
