import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeKeys } from './keys.ts'
import { writeToMemory } from './memory.ts'
import { type Cluster, startCluster } from './postgres-cluster.ts'
import { makeTemplates } from './templates.ts'

const ROOT = join(import.meta.dirname, '../../..')

let cluster: Cluster | undefined
let folder: string | undefined
let memory: string | undefined

/**
 * Runs once before all test files: the built web app, one PostgreSQL for all, databases to copy and first keys, found by the environment.
 * What Node makes of the sources is kept for all of them, as `bin/barong` keeps it.
 */
export async function globalSetup(): Promise<void> {
  process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.cache/barong')
  execFileSync(process.execPath, [join(ROOT, 'scripts/build-web.mjs')], { stdio: 'inherit' })
  memory = writeToMemory()
  cluster = await startCluster(false)
  process.env['BARONG_TEST_POSTGRES_URL'] = cluster.url
  folder = mkdtempSync(join(tmpdir(), 'barong-templates-'))
  await makeTemplates(folder, cluster.url)
  makeKeys(folder)
}

/** Runs once after the last test file. */
export async function globalTeardown(): Promise<void> {
  await cluster?.[Symbol.asyncDispose]()
  for (const each of [folder, memory]) if (each !== undefined) rmSync(each, { recursive: true, force: true })
}
