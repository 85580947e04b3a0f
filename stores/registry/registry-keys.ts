import {keySegment} from '../objects/object-key.ts';

/** `releases/mail/` or `releases/mail/DIGEST.json`. */
export function releaseKey(project: string, digest?: string): string {
  return `releases/${keySegment(project)}/${digest === undefined ? '' : `${digest}.json`}`;
}
export function datasetKey(project: string, digest?: string): string {
  return `datasets/${keySegment(project)}/${digest === undefined ? '' : `${digest}.json`}`;
}
export function reportFolder(project: string, release: string): string {
  return `reports/${keySegment(project)}/${release}/`;
}
export function reportKey(project: string, release: string, report: string): string {
  return `${reportFolder(project, release)}${report}.json`;
}
/** `lifecycle/mail/20021203T114636Z-k3f9qa` is kept as `runs/mail/20021203T114636Z-k3f9qa.json`. */
export function runKey(project: string, id?: string): string {
  const name = id === undefined ? '' : `${keySegment(id.replace(`lifecycle/${project}/`, ''))}.json`;
  return `runs/${keySegment(project)}/${name}`;
}
