import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, ConfigError } from './config.ts'

const BYTES = 32

/** The master keys, newest first. In development one is made in the data directory at the first start. */
export function masterKeys(config: Config): [Buffer, ...Buffer[]] {
  const [newest, ...older] = masterKeyText(config).split(',').map(parseMasterKey)
  if (!newest) throw new ConfigError(['BARONG_MASTER_KEY is empty.'])
  if (config.production && [newest, ...older].some(isNoRandom))
    throw new ConfigError(['BARONG_MASTER_KEY is not random (make one with `openssl rand -base64 32`).'])
  return [newest, ...older]
}

/** The PEM of the operator's own signing key, when one is configured. */
export function ownSigningKey({ values }: Config): string | undefined {
  if (values.JWT_PRIVATE_KEY_PATH !== undefined) return readSecret('JWT_PRIVATE_KEY_PATH', values.JWT_PRIVATE_KEY_PATH)
  if (values.JWT_SHARED_SECRET_KEY !== undefined)
    return Buffer.from(values.JWT_SHARED_SECRET_KEY, 'base64url').toString()
  return undefined
}

function masterKeyText({ values, data_dir, production }: Config): string {
  if (values.BARONG_MASTER_KEY !== undefined) return values.BARONG_MASTER_KEY
  if (values.BARONG_MASTER_KEY_FILE !== undefined)
    return readSecret('BARONG_MASTER_KEY_FILE', values.BARONG_MASTER_KEY_FILE)
  if (production) throw new ConfigError(['Production needs BARONG_MASTER_KEY or BARONG_MASTER_KEY_FILE.'])
  const file = join(data_dir, 'master.key')
  if (!existsSync(file)) makeMasterKey(data_dir, file)
  return readSecret('The master key', file)
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
