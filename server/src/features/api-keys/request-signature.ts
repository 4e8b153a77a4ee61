import type { IncomingHttpHeaders } from 'node:http'
import { type InnerList, type Item, type Parameters, parseDictionary, serializeInnerList } from 'structured-headers'
import type { Algorithm } from '../../platform/crypto/jws.ts'

/** A request as its client sent it, whoever passed it on. */
export interface SentRequest {
  method: string
  /** Path and query. */
  target: string
  headers: IncomingHttpHeaders
}

/** The signature of a request, nothing verified yet. */
export interface RequestSignature {
  /** Uid of the API key. */
  keyid: string
  nonce: string
  /** Seconds since 1970. */
  created: number
  /** The name by which the client calls its algorithm. */
  alg: string | undefined
  /** Seconds since 1970 from when on its client wants it refused. */
  expires: number | undefined
  /** What was signed (RFC 9421, section 2.5). */
  base: string
  signature: Buffer
}

/** A request is not signed as it should be; the message tells what to do. */
export class RequestSignatureError extends Error {}

/** The names of RFC 9421, section 6.2.2, for what the keys here sign with. */
export const ALGORITHM_NAMES: Record<Algorithm, string> = {
  RS256: 'rsa-v1_5-sha256',
  ES256: 'ecdsa-p256-sha256',
  EdDSA: 'ed25519',
}

const NO_BODY = ['GET', 'HEAD', 'DELETE', 'OPTIONS']
const MAX_NONCE = 128

/** Whether a request says that it is signed. */
export const isSigned = ({ headers }: Pick<SentRequest, 'headers'>): boolean => headers['signature-input'] !== undefined

/**
 * Reads the signature of a request (RFC 9421): one, over at least method, path, query and digest of the body. Throws
 * RequestSignatureError.
 */
export function readSignature(request: SentRequest): RequestSignature {
  const [[label, covered] = [], ...others] = dictionary(request, 'signature-input')
  if (label === undefined || covered === undefined || others.length > 0) throw wrong('there must be one signature')
  if (!isInnerList(covered)) throw wrong('signature-input must list what is covered')
  const [components, parameters] = covered
  const names = components.map(nameOf)
  for (const name of needed(request)) if (!names.includes(name)) throw wrong(`${name} must be covered`)
  if (new Set(names).size < names.length) throw wrong('nothing may be covered twice')
  const lines = names.map((name) => `"${name}": ${componentOf(request, name)}`)
  return {
    keyid: textOf(parameters, 'keyid'),
    nonce: textOf(parameters, 'nonce'),
    created: secondOf(parameters, 'created'),
    expires: parameters.has('expires') ? secondOf(parameters, 'expires') : undefined,
    alg: parameters.has('alg') ? textOf(parameters, 'alg') : undefined,
    base: [...lines, `"@signature-params": ${serializeInnerList(covered)}`].join('\n'),
    signature: signatureOf(request, label),
  }
}

/** What must be signed of a request, so that nothing of it can be changed. */
function needed({ method, target, headers }: SentRequest): string[] {
  const digest = hasBody({ headers }) || !NO_BODY.includes(method) ? ['content-digest'] : []
  return ['@method', '@path', ...(target.includes('?') ? ['@query'] : []), ...digest]
}

/** Whether a request says that it has a body: gateways do not pass bodies on. */
export const hasBody = ({ headers }: Pick<SentRequest, 'headers'>): boolean => headers['content-digest'] !== undefined

/** The value of a component (RFC 9421, sections 2.1 and 2.2). */
function componentOf({ method, target, headers }: SentRequest, name: string): string {
  const [path = '/'] = target.split('?', 1)
  if (name === '@method') return method
  if (name === '@path') return path
  if (name === '@query') return target.slice(path.length) || '?'
  // Every object has a constructor and the like.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  if (name.startsWith('@') || value === undefined) throw wrong(`${name} cannot be covered`)
  return [value]
    .flat()
    .map((each) => each.trim())
    .join(', ')
}

function nameOf([name, parameters]: Item): string {
  if (typeof name !== 'string' || parameters.size > 0) throw wrong('components are covered by their plain names')
  return name
}

function signatureOf(request: SentRequest, label: string): Buffer {
  const [bytes] = new Map(dictionary(request, 'signature')).get(label) ?? []
  if (!(bytes instanceof ArrayBuffer)) throw wrong(`signature must hold ${label}`)
  return Buffer.from(bytes)
}

function dictionary({ headers }: SentRequest, name: string): [string, Item | InnerList][] {
  try {
    return [...parseDictionary([headers[name] ?? ''].flat().join(', '))]
  } catch {
    throw wrong(`${name} is no dictionary of RFC 9651`)
  }
}

const isInnerList = (member: Item | InnerList): member is InnerList => Array.isArray(member[0])

function textOf(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (typeof value === 'string' && value !== '' && value.length <= MAX_NONCE) return value
  throw wrong(`${name} must be a text of up to ${MAX_NONCE} characters`)
}

function secondOf(parameters: Parameters, name: 'created' | 'expires'): number {
  const second = parameters.get(name)
  if (typeof second === 'number' && Number.isInteger(second)) return second
  throw wrong(`${name} must be a time in seconds`)
}

const wrong = (what: string) => new RequestSignatureError(what)
