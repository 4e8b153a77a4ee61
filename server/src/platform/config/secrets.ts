import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, ConfigError } from './config.ts'

const BYTES = 32

type MasterKeys = [Buffer, ...Buffer[]]

/** The master keys, newest first; undefined in development as long as none was made. */
export function masterKeys(config: Config): MasterKeys | undefined {
  const text = masterKeyText(config)
  if (text === undefined) return undefined
  const [newest, ...older] = text.split(',').map(parseMasterKey)
  if (!newest) throw new ConfigError(['BARONG_MASTER_KEY is empty.'])
  if (config.production && [newest, ...older].some(isNoRandom))
    throw new ConfigError(['BARONG_MASTER_KEY is not random (make one with `openssl rand -base64 32`).'])
  return [newest, ...older]
}

/**
 * Makes a master key in the data directory, for development, unless another process was faster. `sealed_under` names the
 * master key under which the database holds something already: then a new one could open none of it, and none is made.
 */
export function makeMasterKeys(config: Config, sealed_under: string | undefined): MasterKeys {
  const file = masterKeyFile(config)
  if (!existsSync(file)) {
    if (sealed_under !== undefined) throw new ConfigError([`${withoutMasterKey(config, sealed_under)} None was made.`])
    makeMasterKey(config.data_dir, file)
  }
  return [parseMasterKey(readSecret('The master key', file))]
}

/** A sentence for who has a database and lacks its master key. */
export const withoutMasterKey = (config: Config, sealed_under: string): string =>
  `There is no master key, and the database holds what is sealed under the master key ${sealed_under}: put that key into BARONG_MASTER_KEY, the file that BARONG_MASTER_KEY_FILE names, or ${masterKeyFile(config)}.`

/** Where the master key is when no setting tells. */
export const masterKeyFile = ({ data_dir }: Pick<Config, 'data_dir'>): string => join(data_dir, 'master.key')

/** The PEM of the operator's own signing key, when one is configured. */
export function ownSigningKey({ values }: Config): string | undefined {
  if (values.JWT_PRIVATE_KEY_PATH !== undefined) return readSecret('JWT_PRIVATE_KEY_PATH', values.JWT_PRIVATE_KEY_PATH)
  if (values.JWT_SHARED_SECRET_KEY !== undefined)
    return Buffer.from(values.JWT_SHARED_SECRET_KEY, 'base64url').toString()
  return undefined
}

function masterKeyText(config: Config): string | undefined {
  const { values, production } = config
  if (values.BARONG_MASTER_KEY !== undefined) return values.BARONG_MASTER_KEY
  if (values.BARONG_MASTER_KEY_FILE !== undefined)
    return readSecret('BARONG_MASTER_KEY_FILE', values.BARONG_MASTER_KEY_FILE)
  if (production) throw new ConfigError(['Production needs BARONG_MASTER_KEY or BARONG_MASTER_KEY_FILE.'])
  const file = masterKeyFile(config)
  return existsSync(file) ? readSecret('The master key', file) : undefined
}

/** Of several processes that start at once, one makes the key; none ever reads half of it. */
function makeMasterKey(data_dir: string, file: string): void {
  mkdirSync(data_dir, { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomBytes(8).toString('hex')}`
  writeFileSync(draft, `${randomBytes(BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!existsSync(file)) throw error
  } finally {
    rmSync(draft)
  }
}

/** Of 32 random bytes some 30 differ; fewer than half do in no key that was drawn. */
const isNoRandom = (key: Buffer): boolean => new Set(key).size < BYTES / 2

function parseMasterKey(text: string): Buffer {
  const trimmed = text.trim()
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex')
  // Node passes over what is no base64; a mistyped key must not become another one.
  const key = Buffer.from(trimmed, 'base64')
  if (key.length === BYTES && /^[\w+/-]{43}=?$/.test(trimmed)) return key
  throw new ConfigError([
    `BARONG_MASTER_KEY must be ${BYTES} bytes in base64 or hexadecimal (\`openssl rand -base64 32\`).`,
  ])
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new ConfigError([`${name} cannot be read: ${error instanceof Error ? error.message : file}.`])
  }
}
