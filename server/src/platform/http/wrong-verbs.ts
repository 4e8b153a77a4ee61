import type { FastifyInstance } from 'fastify'
import { defineErrors } from '../../lib/errors.ts'
import { unknownPath } from './error-replies.ts'

/** In the order in which `Allow` names them. */
const VERBS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']

const errors = defineErrors('http', { wrongVerb: [405, 'The method is not allowed here'] })

/** A path with its parameters, as `/labels/:key`, and the verbs it has. */
interface KnownPath {
  parts: readonly string[]
  verbs: Set<string>
}

/**
 * Answers 404 for unknown paths before a body is read, and 405 with `Allow` (RFC 9110, 15.5.6) for verbs a known path does not have. Call
 * before the routes below `prefix` are registered. Looked up is what no route took: routes for all wrong verbs would be half of all.
 */
export function refuseWrongVerbs(http: FastifyInstance, prefix: string): void {
  const known = new Map<string, KnownPath>()
  http.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return
    const path = known.get(url) ?? { parts: partsOf(url), verbs: new Set() }
    for (const verb of [method].flat()) path.verbs.add(verb)
    known.set(url, path)
  })
  http.addHook('onRequest', async (request) => {
    if (!request.is404) return
    const path = request.url.startsWith(prefix) ? closest(known.values(), partsOf(request.url)) : undefined
    if (!path) throw unknownPath()
    const allow = [...VERBS.filter((verb) => path.verbs.has(verb)), 'OPTIONS'].join(', ')
    throw errors.wrongVerb({ headers: { allow } })
  })
}

/** The path that is meant: a part that is written out goes before a parameter, as where routes are found. */
function closest(paths: Iterable<KnownPath>, asked: readonly string[]): KnownPath | undefined {
  let found: KnownPath | undefined
  for (const path of paths) if (fits(path, asked) && (!found || isCloser(path, found, asked))) found = path
  return found
}

const fits = ({ parts }: KnownPath, asked: readonly string[]): boolean =>
  parts.length === asked.length &&
  parts.every((part, at) => part === asked[at] || (part.startsWith(':') && asked[at] !== ''))

function isCloser(one: KnownPath, other: KnownPath, asked: readonly string[]): boolean {
  const at = asked.findIndex((part, index) => (one.parts[index] === part) !== (other.parts[index] === part))
  return one.parts[at] === asked[at]
}

const partsOf = (url: string): string[] =>
  url
    .replace(/[?#].*$/s, '')
    .replace(/\/$/, '')
    .split('/')
