import { freshName, startCluster, withClient } from './postgres-cluster.ts'

/** A real PostgreSQL for tests. `await using` it: its databases go when it goes. */
export type Postgres = {
  /** Of the maintenance database. */
  url: string
  /** Creates an empty database nobody else uses, or a copy of another, and returns its URL. */
  createDatabase(template?: string): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * The cluster that all test files of a run share (see global-setup.ts), or one of its own when a file is run by hand or
 * when `durable` asks for a cluster that waits for the disk at each commit.
 */
export async function startPostgres({ durable = false } = {}): Promise<Postgres> {
  const shared = durable ? undefined : process.env['BARONG_TEST_POSTGRES_URL']
  const cluster = shared === undefined ? await startCluster(durable) : undefined
  const url = shared ?? cluster?.url ?? ''
  const names: string[] = []
  return {
    url,
    createDatabase: async (template = 'template0') => {
      const name = freshName()
      await withClient(url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`))
      names.push(name)
      return Object.assign(new URL(url), { pathname: `/${name}` }).href
    },
    [Symbol.asyncDispose]: async () => {
      if (cluster) return cluster[Symbol.asyncDispose]()
      await withClient(url, async (client) => {
        for (const name of names) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      })
    },
  }
}
