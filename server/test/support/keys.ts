import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateSigningKey, parseOwnKey } from '../../src/features/signing-keys/key-pairs.ts'
import type { SigningKey } from '../../src/platform/crypto/jws.ts'

const KEYS = 'BARONG_TEST_KEYS'
/** More than servers that one test has at once. */
const SERVERS = 5
const BITS = 2048

let taken = 0
let made: readonly string[] | undefined

/** Makes the first RSA keys of all servers of a run, which take longer to make than all else that a server starts with. */
export function makeKeys(folder: string): void {
  const pems = Array.from({ length: SERVERS }, () =>
    generateSigningKey('RS256', BITS).private_key.export({ format: 'pem', type: 'pkcs8' }),
  )
  const file = join(folder, 'keys.json')
  writeFileSync(file, JSON.stringify(pems), { mode: 0o600 })
  process.env[KEYS] = file
}

/** What makes the keys of one server: its first RSA key is one that was made before, others and later ones are fresh. */
export function keyGenerator(): (algorithm: SigningKey['algorithm'], bits: number) => SigningKey {
  let first = true
  return (algorithm, bits) => {
    const pem = first && algorithm === 'RS256' && bits === BITS ? next() : undefined
    if (pem === undefined) return generateSigningKey(algorithm, bits)
    first = false
    return parseOwnKey(pem)
  }
}

function next(): string | undefined {
  const file = process.env[KEYS]
  if (file === undefined) return undefined
  made ??= JSON.parse(readFileSync(file, 'utf8'))
  return made?.[taken++ % SERVERS]
}
