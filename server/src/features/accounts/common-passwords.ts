import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

let passwords: ReadonlySet<string> | undefined

/**
 * The bundled list of common and breached passwords of at least 8 characters, in NFKC and lower case; read at the first
 * call (about 20 ms). Source and licence stand in common-passwords.md.
 */
export function commonPasswords(): ReadonlySet<string> {
  const file = new URL('./common-passwords.txt.gz', import.meta.url)
  passwords ??= new Set(gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n'))
  return passwords
}
