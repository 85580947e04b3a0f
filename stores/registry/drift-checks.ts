import {DriftCheck} from '../../schemas/drift.ts';
import {readDocument, writeDocument} from '../objects/documents.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';

/** Keeps one look of the monitor: `drift/PROJECT/2002-12-03T11-46-36-000Z.json`. */
export async function keepDriftCheck(store: ObjectStore, check: DriftCheck): Promise<void> {
  const key = `${folderOf(check.project)}${check.at.replaceAll(/[:.]/g, '-')}.json`;
  await writeDocument(store, key, DriftCheck, check);
}

/** The newest looks that found enough answers, `most` of them, newest first. Throws as readDocument. */
export async function recentDriftChecks(
  store: ObjectStore,
  project: string,
  most: number,
): Promise<DriftCheck[]> {
  const keys = (await Array.fromAsync(store.list(folderOf(project)))).slice(-most).reverse();
  const found = await Promise.all(keys.map((key) => readDocument(store, key, DriftCheck)));
  return found.flatMap((one) => one?.value ?? []);
}

function folderOf(project: string): string {
  return `drift/${keySegment(project)}/`;
}
