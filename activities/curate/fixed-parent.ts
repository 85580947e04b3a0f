import {z} from 'zod';
import {digestOf} from '../../core/identity/digest.ts';
import {Digest} from '../../schemas/artifact.ts';
import type {ResolvedProject} from '../../schemas/stage.ts';
import {readDocument, writeDocument} from '../../stores/objects/documents.ts';
import type {Stores} from '../../stores/stores.ts';
import {stageConfig} from '../stage/key.ts';

export const Lineage = z.strictObject({v: z.literal(1), parent: Digest.nullable()});

/**
 * The version that these records grow from: the parent that they had when they were first curated under these settings, so
 * that curating them again gives the same version, whatever became stable meanwhile; `parent` where they are new.
 */
export async function fixedParent(
  {objects}: Pick<Stores, 'objects'>,
  resolved: ResolvedProject,
  {records, keyFingerprint, parent}: {records: string; keyFingerprint: string; parent: string | null},
): Promise<string | null> {
  const id = digestOf({records, keyFingerprint, config: stageConfig('curate', resolved)});
  const key = `curations/${resolved.config.project}/${id}.json`;
  await writeDocument(objects, key, Lineage, {v: 1, parent}, {ifNoneMatch: '*'});
  return (await readDocument(objects, key, Lineage))!.value.parent;
}
