import { type Cluster, startCluster } from './postgres-cluster.ts'

let cluster: Cluster | undefined

/** Runs once before all test files: one PostgreSQL for all of them, found by its URL in the environment. */
export async function globalSetup(): Promise<void> {
  cluster = await startCluster(false)
  process.env['BARONG_TEST_POSTGRES_URL'] = cluster.url
}

/** Runs once after the last test file. */
export async function globalTeardown(): Promise<void> {
  await cluster?.[Symbol.asyncDispose]()
}
