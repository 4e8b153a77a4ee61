import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { isObject } from '../../src/lib/json.ts'

const APIS = ['user-api', 'admin-api', 'management-api']
const textOf = (api: string): string => readFileSync(new URL(`../../openapi/${api}.json`, import.meta.url), 'utf8')

const RULES = [
  'struct',
  'no-unresolved-refs',
  'no-schema-type-mismatch',
  'no-identical-paths',
  'path-parameters-defined',
  'operation-operationId-unique',
  'operation-parameters-unique',
  'spec-components-invalid-map-name',
]

/** What the specification says against a document. */
async function faultsOf(source: string): Promise<string[]> {
  const config = await createConfig({ rules: Object.fromEntries(RULES.map((rule) => [rule, 'error'])) })
  const problems = await lintFromString({ source, absoluteRef: '/api.json', config })
  return problems.map(({ message, location }) => `${location[0]?.pointer}: ${message}`)
}

/** Every object in a value, with where it is. */
function* objectsIn(value: unknown, place = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return
  if (isObject(value)) yield [place, value]
  for (const [key, each] of Object.entries(value)) yield* objectsIn(each, `${place}/${key}`)
}

for (const api of APIS)
  describe(`The document of the ${api}`, () => {
    const document = JSON.parse(textOf(api))

    test('is what OpenAPI 3.1 says a document is', async () => {
      assert.deepEqual(await faultsOf(textOf(api)), [])
      const wrong = structuredClone(document)
      wrong.components.responses.NotFound = { $ref: '#/components/responses/Nobody' }
      delete wrong.components.responses.Unavailable.description
      const faults = (await faultsOf(JSON.stringify(wrong))).join('\n')
      for (const fault of [/Can't resolve/, /`description` must be present/]) assert.match(faults, fault)
    })

    test('says once what any operation may answer, with how long to wait', () => {
      const { TooManyRequests, Unavailable } = document.components.responses
      for (const { headers } of [TooManyRequests, Unavailable])
        assert.equal(headers['Retry-After'].schema.type, 'integer')
      for (const [place, { responses }] of objectsIn(document.paths)) {
        if (!isObject(responses)) continue
        assert.deepEqual(responses['429'], { $ref: '#/components/responses/TooManyRequests' }, place)
        assert.deepEqual(responses['503'], { $ref: '#/components/responses/Unavailable' }, place)
      }
    })

    test('says what it has a name for in one place alone', () => {
      const named = Object.keys(document.components.schemas)
      for (const [place, { title, properties }] of objectsIn(document.paths))
        assert.ok(!isObject(properties) || !named.includes(String(title)), place)
      assert.ok(
        named.every((name) => /^[A-Z]\w+$/.test(name)),
        named.join(),
      )
    })
  })
