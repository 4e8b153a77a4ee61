import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { anAccount } from '../support/factories.ts'
import { testServer } from '../support/server.ts'
import { aSigner, keychainEntry } from '../support/signers.ts'

const readme = new URL('../../../sdk/README.md', import.meta.url)
const index = new URL('../../../sdk/src/index.ts', import.meta.url)

test("the example of the SDK's README runs, and two services sign for a label", async () => {
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8')) ?? []
  const backend = aSigner('backend')
  const compliance = aSigner('compliance', 'ES256')
  const both = ['backend', 'compliance']
  const directory = mkdtempSync(join(tmpdir(), 'barong-sdk-'))
  for (const { kid, key } of [backend, compliance]) {
    writeFileSync(join(directory, `${kid}.pem`), key.export({ type: 'pkcs8', format: 'pem' }))
  }
  writeFileSync(join(directory, 'example.mts'), example.replace("'@barong/sdk'", `'${fileURLToPath(index)}'`))
  await using server = await testServer(`sqlite:${join(directory, 'barong.sqlite')}`, {
    MANAGEMENT_API_CONFIG_YAML: JSON.stringify({
      keychain: { backend: keychainEntry(backend), compliance: keychainEntry(compliance) },
      scopes: { write_labels: { permitted_signers: both, mandatory_signers: both } },
    }),
  })
  // The example's process has the real time.
  server.clock.advance(Date.now() - server.clock.now())
  const { uid, id } = await anAccount(server)
  const BARONG_URL = await server.app.listen({ host: '127.0.0.1', port: 0 })
  const env = { ...process.env, BARONG_URL, ACCOUNT_UID: uid }
  const { stdout } = await promisify(execFile)(process.execPath, ['example.mts'], { cwd: directory, env })
  assert.match(stdout, /^201 \{"key":"document","value":"verified","scope":"private"/)
  const labels = await server.deps.db.selectFrom('labels').selectAll().where('account_id', '=', id).execute()
  assert.ok(labels.some(({ key, value }) => key === 'document' && value === 'verified'))
  rmSync(directory, { recursive: true, force: true })
})
