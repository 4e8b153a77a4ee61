import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isObject } from '../../src/lib/json.ts'
import { withoutReferences } from '../../src/platform/http/components.ts'
import { PERSONAL_DATA } from '../../src/platform/http/searches.ts'
import { onEachDatabase } from '../support/databases.ts'
import { testServer } from '../support/server.ts'
import { type Decision, PAGE_QUERIES, PAGES, PATHS, QUERIES, READ, ROUTES, TAKEN } from './addresses.ts'

const ROOT = join(import.meta.dirname, '../../..')
const APIS = ['user-api', 'admin-api', 'management-api']

const textOf = (folder: string, file: string): string => readFileSync(join(ROOT, folder, file), 'utf8')

interface Operation {
  name: string
  path: string
  parameters: { name: string; in: string; schema: Record<string, unknown> }[]
  /** Of its body. */
  properties: string[]
}

const operations = APIS.flatMap(operationsOf)
const inQuery = ({ parameters }: Operation) => parameters.filter((parameter) => parameter.in === 'query')

describe('What addresses can hold', () => {
  // ASVS 14.2.1
  test('is decided for each parameter of each API, and marked where it can be personal', () => {
    const queries = operations.flatMap((operation) => inQuery(operation).map(({ name }) => `${operation.name} ${name}`))
    const decided = Object.entries(QUERIES).flatMap(([operation, names]) =>
      Object.keys(names).map((name) => `${operation} ${name}`),
    )
    assert.deepEqual(queries.toSorted(), decided.toSorted())
    for (const operation of operations)
      for (const { name, schema } of inQuery(operation))
        assert.equal(schema[PERSONAL_DATA] === true, QUERIES[operation.name]?.[name] === 'search', operation.name)
  })

  // ASVS 14.2.1
  test('has a search by a body wherever it can be personal, with the same parameters', () => {
    const searches = Object.entries(QUERIES).filter(([, names]) => Object.values(names).includes('search'))
    assert.ok(searches.length > 3)
    for (const [list, names] of searches) {
      const search = operations.find(({ name }) => name === `${list.replace('GET', 'POST')}/search`)
      assert.deepEqual(search?.properties.toSorted(), Object.keys(names).toSorted(), list)
      assert.deepEqual(search && inQuery(search), [], list)
    }
  })

  // ASVS 14.2.1
  test('is decided for each path of each API', () => {
    const documented = new Set(operations.flatMap(({ path }) => placesIn(path)))
    assert.deepEqual([...documented].toSorted(), Object.keys(PATHS).toSorted())
  })

  // ASVS 14.2.1
  test('is decided wherever the server reads a query by itself', () => {
    const sources = globSync('**/*.ts', { cwd: join(ROOT, 'server/src') }).filter((file) => !/test\b/.test(file))
    const read = new Map<string, string[]>()
    for (const file of sources) {
      const names = [...textOf('server/src', file).matchAll(/fieldOf\(request\.query, '?([\w.]+)/g)].map(
        ([, name]) => name,
      )
      if (names.length > 0) read.set(file, [...new Set(names.map(String))].toSorted())
    }
    const decided = Object.entries(READ).map(([file, names]) => [file, Object.keys(names).toSorted()])
    assert.deepEqual([...read].toSorted(), decided.toSorted())
    const takes = /\.query\b|originalUrl|\b(?:request|raw)\.url\b|async \(\{(?: url\b|[^}]*\bquery\b)|raw: \{ url/
    const taking = sources.filter(
      (file) => /^(?:features|surfaces|platform\/http)\b/.test(file) && takes.test(textOf('server/src', file)),
    )
    assert.deepEqual(taking.toSorted(), [...TAKEN, ...Object.keys(READ)].toSorted())
  })

  // ASVS 14.2.1
  test('is decided for each page, and no filter of the console stands before the #', () => {
    const routers = ['admin/router.tsx', 'account/router.tsx'].map((file) => textOf('web/src', file)).join()
    const paths = [...routers.matchAll(/'(\/(?:admin|account)[^']*)'/g)].map(([, path]) => String(path))
    assert.ok(paths.length > 20)
    assert.deepEqual(
      paths.filter((path) => /[$*]/.test(path)),
      Object.keys(PAGES),
    )
    const sources = globSync('**/*.{ts,tsx}', { cwd: join(ROOT, 'web/src') }).filter((file) => !/test\b/.test(file))
    const queries = /searchStr|location\.search\b|, search[ ,}]|\/(?:admin|account|sign-in)[\w/-]*\?/
    const found = sources.filter((file) => queries.test(textOf('web/src', file)))
    assert.deepEqual(found.toSorted(), [...PAGE_QUERIES].toSorted())
  })

  // ASVS 14.2.1
  test('is asked for by the console in no other way than the API decides', () => {
    const personal = Object.entries(QUERIES).filter(([, names]) => Object.values<Decision>(names).includes('search'))
    const calls = globSync('**/*.{ts,tsx}', { cwd: join(ROOT, 'web/src') }).map((file) => textOf('web/src', file))
    for (const [list] of personal) assert.ok(!calls.some((text) => text.includes(`'${list}'`)), list)
  })
})

onEachDatabase('What paths can hold', (newDatabase) => {
  // ASVS 14.2.1
  test('is decided for each route that no document has', async () => {
    await using server = await testServer(await newDatabase())
    const known = new Set(operations.map(({ path }) => path.replace(/\{(\w+)\}/g, ':$1')))
    const others = pathsOf(server.app.printRoutes({ commonPrefix: false })).filter((path) => /[:*]/.test(path))
    assert.deepEqual(others.filter((path) => !known.has(path)).toSorted(), Object.keys(ROUTES).toSorted())
  })
})

function operationsOf(api: string): Operation[] {
  const { paths } = JSON.parse(JSON.stringify(withoutReferences(JSON.parse(textOf('server/openapi', `${api}.json`)))))
  return Object.entries<Record<string, Record<string, unknown>>>(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, { parameters, requestBody }]) => ({
      name: `${verb.toUpperCase()} ${path}`,
      path,
      parameters: Array.isArray(parameters) ? parameters : [],
      properties: propertiesOf(requestBody),
    })),
  )
}

function propertiesOf(body: unknown): string[] {
  const content = isObject(body) && isObject(body['content']) ? body['content']['application/json'] : undefined
  const schema = isObject(content) ? content['schema'] : undefined
  return isObject(schema) && isObject(schema['properties']) ? Object.keys(schema['properties']) : []
}

/** What stands in a path, after what comes before it. */
const placesIn = (path: string): string[] =>
  [...path.matchAll(/(?<=\/)(?:audit\/)?\w+(?:\/\{\w+\})+/g)].map(([place]) => place)

/** The paths of all routes, of the tree that the router prints. */
function pathsOf(tree: string): string[] {
  const above: string[] = []
  const paths = tree.split('\n').flatMap((line) => {
    const [, indent = '', part] = /^((?:[│ ] {3})*)[├└]── (.+) \([A-Z, ]+\)$/.exec(line) ?? []
    if (part === undefined) return []
    const depth = indent.length / 4
    above.splice(depth, above.length, `${above[depth - 1] ?? ''}${part}`)
    return [above[depth] ?? '']
  })
  return [...new Set(paths.map((path) => path.replace(/(?<=.)\/$/, '')))]
}
