import {execFileSync, spawnSync} from 'node:child_process';
import {join} from 'node:path';

/** Where there is no openssl, tests that need certificates are skipped. */
export const noOpenssl = spawnSync('openssl', ['version']).status !== 0;

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A CA in `FOLDER/CA.key` and `.pem`, and `NAME.key` and `.pem` that it signed, for each name and its subjectAltName. */
export function makeCertificates(folder: string, ca: string, signed: Readonly<Record<string, string>>): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, {cwd: folder, stdio: 'pipe'});
  const files = ['-keyout', `${ca}.key`, '-out', `${ca}.pem`];
  openssl('req', '-x509', ...KEY, ...files, '-subj', `/CN=${ca}`, '-days', '2');
  for (const [name, alt] of Object.entries(signed)) {
    const asked = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${alt}`];
    openssl('req', '-new', ...KEY, '-keyout', `${name}.key`, '-out', join(folder, `${name}.csr`), ...asked);
    const by = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-copy_extensions', 'copy', '-in', `${name}.csr`, '-out', `${name}.pem`, ...by);
  }
}
