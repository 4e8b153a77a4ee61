import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { type Cluster, startCluster } from './postgres-cluster.ts'

const BUILD = join(import.meta.dirname, '../../../scripts/build-web.mjs')

let cluster: Cluster | undefined

/** Runs once before all test files: the built web app, and one PostgreSQL for all, found by its URL in the environment. */
export async function globalSetup(): Promise<void> {
  execFileSync(process.execPath, [BUILD], { stdio: 'inherit' })
  cluster = await startCluster(false)
  process.env['BARONG_TEST_POSTGRES_URL'] = cluster.url
}

/** Runs once after the last test file. */
export async function globalTeardown(): Promise<void> {
  await cluster?.[Symbol.asyncDispose]()
}
