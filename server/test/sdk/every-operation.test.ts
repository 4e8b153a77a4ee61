import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openHttp } from '../../../sdk/src/client/http.ts'
import { openOperations } from '../../../sdk/src/generated/open-operations.ts'

interface Document {
  paths: Record<string, Record<string, { security?: unknown[]; parameters?: { in: string; name: string }[] }>>
}

const documentOf = (name: string): Document =>
  JSON.parse(readFileSync(new URL(`../../openapi/${name}.json`, import.meta.url), 'utf8'))

const operations = ['user-api', 'admin-api', 'management-api'].flatMap((name) =>
  Object.entries(documentOf(name).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  ),
)

test('every operation of the API documents is asked for at its address, by its verb', async () => {
  const asked: string[] = []
  const http = openHttp({
    url: 'http://barong.test/',
    fetch: async (input, { method } = {}) => {
      asked.push(`${method} ${String(input)}`)
      return Response.json(null)
    },
  })
  for (const { path, method, operation } of operations) {
    const names = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name)
    const values = Object.fromEntries(names.map((name) => [name, `a ${name}/1`]))
    const { error } = await http.send({ name: `${method} ${path}`, path: values })
    assert.equal(error, undefined)
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(`a ${name}/1`))
    assert.equal(asked.at(-1), `${method} http://barong.test${address}`)
  }
  assert.ok(operations.length > 130, `${operations.length} operations`)
})

test('those that anybody may call are called without a token, and no others', () => {
  for (const { path, method, operation } of operations.filter(({ path }) => path.startsWith('/api/')))
    assert.equal(openOperations.has(`${method} ${path}`), operation.security === undefined, `${method} ${path}`)
})
