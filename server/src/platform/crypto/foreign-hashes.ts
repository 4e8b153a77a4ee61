import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { verify as verifyArgon2 } from '@node-rs/argon2'
import { compareBcrypt } from './bcrypt.ts'

/** A password hash of another program, taken apart: whether a password is the one it was made of. */
export interface ForeignHash {
  matches(password: string): Promise<boolean>
}

// What one comparison may cost. A hostile file must not bring in a hash that keeps a core busy for seconds.
const MAX_BCRYPT_COST = 14
const MAX_ARGON2 = { kibibytes: 131_072, passes: 10, lanes: 8, work: 524_288 }
const MAX_SCRYPT = { bytes: 128 * 1024 * 1024, work: 2 ** 21 }
const MAX_PBKDF2_ITERATIONS = 2_000_000
/** Bytes of derived key: fewer prove too little, more cost without proving more. */
const KEY = { min: 16, max: 64 }
const MAX_SALT = 128

/**
 * Reads a hash in one of the forms that imports may bring, or returns `undefined` for any other text and for one whose
 * verification would cost too much: bcrypt; argon2 and scrypt and PBKDF2 as PHC strings (also passlib's spelling); scrypt
 * and PBKDF2 as Django and as Werkzeug write them.
 */
export function parseForeignHash(stored: string): ForeignHash | undefined {
  // Django puts the name of its hasher before what bcrypt and argon2 write themselves.
  const text = stored.replace(/^(?:bcrypt\$|argon2)(?=\$)/, '')
  for (const { form, read } of forms) {
    const groups = form.exec(text)?.groups
    if (groups) return read(groups, text)
  }
  return undefined
}

/** Whether a hash can be verified here; at the next sign-in it is replaced by one of argon2id. */
export const isVerifiableHash = (text: string): boolean => parseForeignHash(text) !== undefined

type Groups = Readonly<Record<string, string | undefined>>

interface Form {
  form: RegExp
  read(groups: Groups, text: string): ForeignHash | undefined
}

const B64 = '[A-Za-z0-9+/.]+={0,2}'

const forms: readonly Form[] = [
  { form: /^\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53}$/, read: bcrypt },
  {
    form: /^\$argon2(?:id|i|d)\$v=(?:16|19)\$m=(?<m>\d{1,7}),t=(?<t>\d{1,3}),p=(?<p>\d{1,3})\$[\w+/]{11,86}\$[\w+/]{16,86}$/,
    read: argon2,
  },
  // $scrypt$ln=16,r=8,p=1$salt$hash
  {
    form: RegExp(
      `^\\$scrypt\\$ln=(?<ln>\\d{1,2}),r=(?<r>\\d{1,3}),p=(?<p>\\d{1,3})\\$(?<salt>${B64})\\$(?<key>${B64})$`,
    ),
    read: phcScrypt,
  },
  // Django: scrypt$16384$salt$8$1$hash
  {
    form: RegExp(`^scrypt\\$(?<n>\\d{1,8})\\$(?<salt>[^$]+)\\$(?<r>\\d{1,3})\\$(?<p>\\d{1,3})\\$(?<key>${B64})$`),
    read: textScrypt,
  },
  // Werkzeug: scrypt:32768:8:1$salt$hex
  {
    form: /^scrypt:(?<n>\d{1,8}):(?<r>\d{1,3}):(?<p>\d{1,3})\$(?<salt>[^$]+)\$(?<hex>(?:[0-9a-f]{2})+)$/,
    read: textScrypt,
  },
  // PHC: $pbkdf2-sha256$i=600000,l=32$salt$hash; passlib leaves out the names
  {
    form: RegExp(
      `^\\$pbkdf2-?(?<digest>sha1|sha256|sha512)?\\$(?:i=)?(?<i>\\d{1,8})(?:,l=\\d{1,3})?\\$(?<salt>${B64})\\$(?<key>${B64})$`,
    ),
    read: phcPbkdf2,
  },
  // Django: pbkdf2_sha256$600000$salt$hash
  {
    form: RegExp(`^pbkdf2_(?<digest>sha1|sha256|sha512)\\$(?<i>\\d{1,8})\\$(?<salt>[^$]+)\\$(?<key>${B64})$`),
    read: textPbkdf2,
  },
  // Werkzeug: pbkdf2:sha256:600000$salt$hex
  {
    form: /^pbkdf2:(?<digest>sha1|sha256|sha512):(?<i>\d{1,8})\$(?<salt>[^$]+)\$(?<hex>(?:[0-9a-f]{2})+)$/,
    read: textPbkdf2,
  },
]

function bcrypt({ cost }: Groups, text: string): ForeignHash | undefined {
  const rounds = Number(cost)
  if (rounds < 4 || rounds > MAX_BCRYPT_COST) return undefined
  return { matches: (password) => compareBcrypt({ password, digest: text }) }
}

function argon2({ m, t, p }: Groups, text: string): ForeignHash | undefined {
  const [kibibytes, passes, lanes] = [Number(m), Number(t), Number(p)]
  if (kibibytes < 8 * lanes || kibibytes > MAX_ARGON2.kibibytes || kibibytes * passes > MAX_ARGON2.work)
    return undefined
  if (passes < 1 || passes > MAX_ARGON2.passes || lanes < 1 || lanes > MAX_ARGON2.lanes) return undefined
  return { matches: (password) => verifyArgon2(text, password) }
}

function phcScrypt({ ln, r, p, salt = '', key = '' }: Groups): ForeignHash | undefined {
  return scryptOf({ N: 2 ** Number(ln), r: Number(r), p: Number(p) }, base64(salt), base64(key))
}

/** The salt is text; the key base64, or hexadecimal. */
function textScrypt({ n, r, p, salt = '', key, hex }: Groups): ForeignHash | undefined {
  return scryptOf({ N: Number(n), r: Number(r), p: Number(p) }, Buffer.from(salt), keyOf(key, hex))
}

function phcPbkdf2({ digest = 'sha1', i, salt = '', key = '' }: Groups): ForeignHash | undefined {
  return pbkdf2Of(digest, Number(i), base64(salt), base64(key))
}

function textPbkdf2({ digest = '', i, salt = '', key, hex }: Groups): ForeignHash | undefined {
  return pbkdf2Of(digest, Number(i), Buffer.from(salt), keyOf(key, hex))
}

function scryptOf(
  { N, r, p }: { N: number; r: number; p: number },
  salt: Buffer,
  key: Buffer,
): ForeignHash | undefined {
  const memory = 128 * N * r
  // RFC 7914, section 6: N is a power of two above one.
  if (N < 2 || !Number.isInteger(Math.log2(N)) || r < 1 || p < 1) return undefined
  if (memory > MAX_SCRYPT.bytes || N * r * p > MAX_SCRYPT.work || !isSound(salt, key)) return undefined
  const maxmem = memory + 128 * r * p + 1024 * 1024
  return {
    matches: async (password) => timingSafeEqual(await scryptKey(password, salt, key.length, { N, r, p, maxmem }), key),
  }
}

function pbkdf2Of(digest: string, iterations: number, salt: Buffer, key: Buffer): ForeignHash | undefined {
  if (iterations < 1 || iterations > MAX_PBKDF2_ITERATIONS || !isSound(salt, key)) return undefined
  return {
    matches: async (password) => timingSafeEqual(await pbkdf2Key(password, salt, iterations, key.length, digest), key),
  }
}

const isSound = (salt: Buffer, key: Buffer): boolean =>
  salt.length <= MAX_SALT && key.length >= KEY.min && key.length <= KEY.max

const scryptKey = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)
const pbkdf2Key = promisify(pbkdf2)

const keyOf = (key: string | undefined, hex: string | undefined): Buffer =>
  hex === undefined ? base64(key ?? '') : Buffer.from(hex, 'hex')

/** passlib writes a dot for the plus sign. */
const base64 = (text: string): Buffer => Buffer.from(text.replaceAll('.', '+'), 'base64')
