import { isUtf8 } from 'node:buffer'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { UNSAFE_KEYS } from './json-body.ts'

const errors = defineErrors('form_body', {
  notUtf8: [400, 'The form is not valid UTF-8'],
  encoding: [400, 'The form has an invalid percent encoding'],
  tooMany: [400, 'The form has more than 1000 fields'],
  tooDeep: [400, 'The form has a field nested deeper than 32 levels'],
  conflict: [400, 'The form uses one field both as a value and as a group'],
})

const MAX_PAIRS = 1000
const MAX_DEPTH = 32

type Group = Record<string, unknown>

/**
 * The parameters of an `application/x-www-form-urlencoded` body or a query string (without `?`), divided by `&` or `;` and nested by brackets:
 * `a[b]=c` is `{ a: { b: 'c' } }`, `a[]=x` is `{ a: ['x'] }`, and `a` alone is null. Throws a `Refusal` (400).
 */
export function parseForm(text: string | Buffer): Group {
  if (typeof text === 'string') return nest(pairsOf(text))
  if (!isUtf8(text)) throw errors.notUtf8()
  return nest(pairsOf(text.toString('utf8')))
}

/**
 * Builds the parameters out of named values in their order, of which any may be a file. The last value of a repeated
 * name wins. Throws a `Refusal` (400) for too many, too deep and contradicting names.
 */
export function nest(pairs: Iterable<readonly [name: string, value: unknown]>): Group {
  const root: Group = {}
  let count = 0
  for (const [name, value] of pairs) {
    count += 1
    if (count > MAX_PAIRS) throw errors.tooMany()
    const path = pathOf(name)
    if (path.length > MAX_DEPTH) throw errors.tooDeep()
    if (name !== '' && !path.some((key) => UNSAFE_KEYS.has(key))) putIntoGroup(root, path, value)
  }
  return root
}

function* pairsOf(text: string): Generator<[string, string | null]> {
  for (const pair of text.split(/[&;] */)) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    if (equals === -1) yield [decode(pair), null]
    else yield [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))]
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw errors.encoding({ cause })
  }
}

/** `a[b][]` is `['a', 'b', '']`, where `''` stands for a list's next place; a name with stray brackets is taken as it is. */
function pathOf(name: string): string[] {
  const [, head, brackets] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? []
  if (head === undefined || brackets === undefined || brackets === '') return [name]
  return [head, ...brackets.slice(1, -1).split('][')]
}

function putIntoGroup(group: Group, path: readonly string[], value: unknown): void {
  const [key = '', next, ...rest] = path
  if (next === undefined) {
    group[key] = value
    return
  }
  const present = Object.hasOwn(group, key) ? group[key] : null
  if (next === '') {
    const list = present ?? []
    if (!Array.isArray(list)) throw errors.conflict()
    group[key] = list
    putIntoList(list, rest, value)
  } else {
    const inner = present ?? {}
    if (!isGroup(inner)) throw errors.conflict()
    group[key] = inner
    putIntoGroup(inner, [next, ...rest], value)
  }
}

/** Fields of one list item follow each other: a field the last item already has starts the next item. */
function putIntoList(list: unknown[], path: readonly string[], value: unknown): void {
  const [key, ...rest] = path
  if (key === undefined) {
    list.push(value)
    return
  }
  if (key === '') {
    const inner: unknown[] = []
    list.push(inner)
    putIntoList(inner, rest, value)
    return
  }
  const last = list.at(-1)
  if (isGroup(last) && !hasPath(last, path)) {
    putIntoGroup(last, path, value)
    return
  }
  const item: Group = {}
  list.push(item)
  putIntoGroup(item, path, value)
}

function hasPath(group: Group, path: readonly string[]): boolean {
  let place: unknown = group
  for (const key of path) {
    if (key === '' || !isGroup(place) || !Object.hasOwn(place, key)) return false
    place = place[key]
  }
  return true
}

const isGroup = (value: unknown): value is Group => isObject(value) && Object.getPrototypeOf(value) === Object.prototype
