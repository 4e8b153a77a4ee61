// What the console's lists take at 10,000 and at 1,000,000 accounts: `npm run bench:lists`. `--accounts 200000` asks for
// another number of them. Writing a million takes minutes: with `--keep directory --postgres url` they stay there (and on
// that server) for the next run, and `--seed-only` writes them and measures nothing.
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createApplication } from '../server/src/features/applications/applications.ts'
import { signIn } from '../server/src/features/sessions/sessions.ts'
import { DAY, isoDay } from '../server/src/lib/clock.ts'
import { anAccount, PASSWORD } from '../server/test/support/factories.ts'
import { startPostgres } from '../server/test/support/postgres.ts'
import { withClient } from '../server/test/support/postgres-cluster.ts'
import { type TestServer, testServer } from '../server/test/support/server.ts'
import { DAYS_AGO, listsOf, PAGES } from './lists/lists.ts'
import { type Measured, table } from './lists/report.ts'
import { seed } from './lists/seed.ts'
import { median } from './load/figures.ts'
import { machineFacts } from './machine/machine.ts'

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '1000000' },
    keep: { type: 'string' },
    postgres: { type: 'string' },
    'seed-only': { type: 'boolean', default: false },
  },
})
const SMALL = 10_000
const LARGE = Number(values.accounts)
const RUNS = 25
/** Of the databases that are kept: what is sealed in one run is found in the next. */
const ENVIRONMENT = { BARONG_MASTER_KEY: Buffer.alloc(32, 'lists').toString('base64') }

async function main(): Promise<void> {
  const directory = values.keep ?? mkdtempSync(join(tmpdir(), 'barong-bench-lists-'))
  mkdirSync(directory, { recursive: true })
  try {
    await using cluster = values.postgres === undefined ? await startPostgres() : undefined
    const postgres = cluster?.url ?? values.postgres ?? ''
    const urlsOf = {
      SQLite: async (size: number) => `sqlite:${join(directory, `${size}.sqlite`)}`,
      PostgreSQL: (size: number) => postgresOf(postgres, size),
    }
    const lines: string[] = []
    for (const [kind, urlOf] of Object.entries(urlsOf)) {
      await using small = await serverOf(await urlOf(SMALL), SMALL)
      await using large = await serverOf(await urlOf(LARGE), LARGE)
      if (!values['seed-only'])
        lines.push(...table(kind, [nameOf(SMALL), nameOf(LARGE)], await measure([small, large])))
    }
    if (!values['seed-only']) report(lines)
  } finally {
    if (values.keep === undefined) rmSync(directory, { recursive: true, force: true })
  }
}

const nameOf = (size: number) => size.toLocaleString('en')

/** A server on a database of so many accounts, which are written unless they are there. */
async function serverOf(url: string, size: number): Promise<TestServer> {
  const server = await testServer(url, ENVIRONMENT)
  const { max } = await server.deps.db
    .selectFrom('accounts')
    .select((eb) => eb.fn.max('id').as('max'))
    .executeTakeFirstOrThrow()
  if (Number(max ?? 0) < size) await seed(server.deps, size)
  return server
}

async function postgresOf(url: string, size: number): Promise<string> {
  const name = `barong_lists_${size}`
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${name}`)
  })
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}

/** All lists in turns on both servers, so that whatever else the machine does meets both alike. */
async function measure(servers: readonly [TestServer, TestServer]): Promise<Measured> {
  const [small, large] = await Promise.all(servers.map(callsOf))
  const measured: Record<string, readonly [number, number]> = {}
  for (const [name, one] of small ?? []) {
    const other = large?.get(name) ?? one
    const times: [number[], number[]] = [[], []]
    for (let run = 0; run < RUNS; run += 1) {
      times[0].push(await timeOf(one))
      times[1].push(await timeOf(other))
    }
    measured[name] = [median(times[0]), median(times[1])]
    console.error(name, measured[name])
  }
  return measured
}

/** What is measured, by its name; each was called once. */
async function callsOf(server: TestServer): Promise<Map<string, () => Promise<void>>> {
  const token = await anOfficersToken(server)
  const read = async (path: string) => {
    const { status, body } = await server.call('GET', `/admin${path}`, { token })
    if (status !== 200) throw new Error(`${path} answers ${status}: ${JSON.stringify(body)}`)
    return body
  }
  const paths = { ...listsOf(isoDay(server.clock.now() - DAYS_AGO * DAY)), ...(await deepPages(read)) }
  const calls = new Map<string, () => Promise<void>>()
  for (const [name, path] of Object.entries(paths)) {
    const call = async () => void (await read(path))
    await call()
    calls.set(name, call)
  }
  return calls
}

/** Somebody who may see everything, and whom no run before has left in a database that was kept. */
async function anOfficersToken(server: TestServer): Promise<string> {
  const name = randomUUID()
  const { email } = await anAccount(server, { role: 'admin', email: `${name}@example.com` })
  const client = { name, redirect_uri: 'https://app.example/callback', skipauth: true }
  const { application } = await createApplication(server.deps, client)
  return signIn(server.deps, { email, password: PASSWORD, application_id: application.uid })
}

/** Goes there as people do, page by page; where there are not so many pages, to the last one. */
async function deepPages(read: (path: string) => Promise<{ next: string | null }>): Promise<Record<string, string>> {
  const deep: Record<string, string> = {}
  for (const [name, list] of Object.entries({
    [`accounts: page ${PAGES}`]: '',
    'e-mail as all do: page 100': 'person',
  })) {
    const filter = list === '' ? '?' : `?email=${list}&`
    let path = `/accounts${filter}`
    for (let page = 1; page < (list === '' ? PAGES : 100); page += 1) {
      const { next } = await read(path)
      if (next === null) break
      path = `/accounts${filter}cursor=${encodeURIComponent(next)}`
    }
    deep[name] = path
  }
  return deep
}

async function timeOf(call: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await call()
  return performance.now() - start
}

function report(lines: readonly string[]): void {
  const facts = Object.entries(machineFacts()).map(([name, fact]) => `| ${name} | ${fact} |`)
  const text = `# The lists of the console at ${nameOf(SMALL)} and at ${nameOf(LARGE)} accounts

Milliseconds of a whole request at the server, with its guards, without a network: the median of ${RUNS}, taken in turns of both
sizes, after each list was asked for once. Page ${PAGES} is reached by its cursor; of ${nameOf(SMALL)} accounts there are 400 pages. The
target: under 100 ms, and a ratio of 3 at most. Ratios count less than a millisecond as one. Written by \`npm run bench:lists\`.

| | |
|---|---|
${facts.join('\n')}

${lines.join('\n')}`
  writeFileSync(join(import.meta.dirname, 'results/admin-lists.md'), text)
  console.log(text)
}

await main()
