// better-auth with e-mail and password on SQLite, as its documentation sets it up; installed by better-auth.ts.
import { createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

const [packages = '', file = ''] = process.argv.slice(2)
const load = (name: string) => import(pathToFileURL(join(packages, 'node_modules/better-auth/dist', name)).href)
const [{ betterAuth }, { getMigrations }, { toNodeHandler }] = await Promise.all(
  ['index.mjs', 'db/get-migration.mjs', 'integrations/node.mjs'].map(load),
)
const PASSWORD = 'a quiet river at dawn 7Q'
const database = new DatabaseSync(file)
database.exec('pragma journal_mode = wal')
const options = {
  database,
  secret: 'b'.repeat(64),
  baseURL: 'http://127.0.0.1',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  telemetry: { enabled: false },
}
const auth = betterAuth(options)
await (await getMigrations(options)).runMigrations()
const people: { email: string; cookie: string }[] = []
for (let index = 0; index < 32; index += 1) {
  const email = `person${index}@example.com`
  const { headers } = await auth.api.signUpEmail({
    body: { name: 'Person', email, password: PASSWORD },
    returnHeaders: true,
  })
  people.push({ email, cookie: (headers.get('set-cookie') ?? '').split(';')[0] })
}
const server = createServer(toNodeHandler(auth)).listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(
    `${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0, people, password: PASSWORD })}\n`,
  )
})
