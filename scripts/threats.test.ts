import { deepEqual, ok } from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

test('The threat model names only tests that there are', () => {
  const text = readFileSync(join(root, 'docs/guides/threat-model.md'), 'utf8')
  const named = [...text.matchAll(/`([\w-]+\/[\w.-]+\.test\.ts)`/g)].map(([, path]) => path ?? '')
  ok(named.length > 40)
  const files = globSync('server/**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**'] })
  deepEqual(
    named.filter((path) => !files.some((file) => file.endsWith(`/${path}`))),
    [],
  )
})
