import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompressSync } from 'node:zlib'
import { exampleOf, packedSdkForSuite, withServers } from './packed.ts'

const run = promisify(execFile)
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const manifest: { exports: Record<string, string> } = JSON.parse(
  readFileSync(new URL('../../../sdk/package.json', import.meta.url), 'utf8'),
)
const project = packedSdkForSuite()
const installed = () => join(project().folder, 'node_modules/@barong/sdk')

const EXAMPLE = `
import { apiKey, type BarongError, createBarong, passwords } from '@barong/sdk'
import { createManagement } from '@barong/sdk/management'
import type { paths } from '@barong/sdk/user-api'

const barong = createBarong({ url: 'https://accounts.example', auth: passwords({ application_id: 'x' }) })

export async function nameOf(): Promise<string> {
  const { data: me, error } = await barong.account.me()
  if (error) return sentence(error)
  const level: number = me.level
  return me.email + level
}

/** Without one of the kinds this would not compile. */
function sentence(error: BarongError): string {
  switch (error.kind) {
    case 'validation': return error.fields['email']?.[0] ?? error.message
    case 'second_factor_required': return error.wrong ? 'wrong' : String(error.passkeyOptions)
    case 'credentials_refused': return error.reason
    case 'passkey_unused': return error.reason
    case 'rate_limited':
    case 'unavailable': return String(error.retryAfter + 1)
    case 'proof_of_work_required': return String(error.proofOfWork.difficulty + 1)
    case 'unauthenticated': case 'action_required': case 'confirmation_required': case 'forbidden': case 'not_found':
    case 'conflict': case 'network': case 'unexpected': return error.message
  }
}

export const staff = async (): Promise<readonly string[]> => {
  const { items } = await barong.request('GET /api/v1/admin/accounts', { query: { level: 2 } }).orThrow()
  return items.map(({ uid }) => uid)
}
export const bot = createBarong({ url: 'https://accounts.example', auth: apiKey({ kid: 'x', privateKey: 'x' }) })
export const management = createManagement({
  url: 'https://accounts.example',
  signers: [{ kid: 'backend', key: 'pem', algorithm: 'RS256' }],
})
export const labels = () => management.request('POST /management_api/v1/labels/list', { account_uid: 'ID' })
export type Me = paths['/api/v1/accounts/me']['get']

// @ts-expect-error a password is needed
void barong.auth.signIn({ email: 'ada@example.com' })
// @ts-expect-error there is no such operation
void barong.request('GET /api/v1/admin/nothing')
// @ts-expect-error an account is needed
void management.request('POST /management_api/v1/labels/list', {})
// @ts-expect-error a program does not sign in
void bot.auth.signIn
`

test('the published package is imported and required in Node by every entry', async () => {
  const names = Object.keys(manifest.exports).map((entry) => entry.replace('.', '@barong/sdk'))
  const program = project().write('all.mjs', names.map((name) => `await import('${name}')`).join('\n'))
  await run(process.execPath, [program])
  assert.ok(names.length >= 9, names.join())
})

for (const [title, version, options] of [
  ['Node and TypeScript 7', '@typescript/native/bin/tsc', { module: 'nodenext' }],
  ['bundlers and TypeScript 7', '@typescript/native/bin/tsc', { module: 'esnext', moduleResolution: 'bundler' }],
  ['Node and TypeScript 6', 'typescript/bin/tsc6', { module: 'nodenext' }],
] as const)
  test(`a newcomer's program has its types for ${title}, with no package's types left unchecked`, async () => {
    project().write('example.ts', EXAMPLE)
    const own = {
      strict: true,
      noEmit: true,
      target: 'es2023',
      lib: ['esnext', 'dom'],
      exactOptionalPropertyTypes: true,
    }
    const compilerOptions = { ...own, typeRoots: [join(modules, '@types')], types: ['node'], ...options }
    project().write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['example.ts'] }))
    const outcome = await run(process.execPath, [join(modules, version), '-p', project().folder]).then(
      () => 'good',
      (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
    )
    assert.equal(outcome, 'good')
  })

test('the examples of the README have right types', async () => {
  withServers(project().folder)
  const names = [
    'people',
    'staff',
    'errors',
    'bot',
    'management',
    'signers',
    'signer',
    'webhook',
    'journey',
    'fastify',
    'express',
    'hono',
  ]
  const files = names.map((name) => project().write(`readme-${name}.ts`, exampleOf(name)))
  const own = { strict: true, noEmit: true, target: 'es2023', lib: ['esnext'], module: 'nodenext', skipLibCheck: true }
  const compilerOptions = { ...own, typeRoots: [join(modules, '@types')], types: ['node'] }
  const config = project().write('tsconfig.readme.json', JSON.stringify({ compilerOptions, files }))
  const outcome = await run(process.execPath, [join(modules, '@typescript/native/bin/tsc'), '-p', config]).then(
    () => 'good',
    (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
  )
  assert.equal(outcome, 'good')
})

test('a page that only signs in by cookies gets neither OAuth nor keys nor anything of Node, in 10 KB', async () => {
  const page =
    "import { cookies, createBarong } from '@barong/sdk'\nglobalThis.barong = createBarong({ auth: cookies() })\n"
  const lib = { entry: project().write('page.js', page), formats: ['es'], fileName: 'page' }
  const build = { outDir: 'bundle', target: 'esnext', minify: true, lib }
  project().write('vite.config.js', `export default ${JSON.stringify({ logLevel: 'silent', build })}`)
  await run(process.execPath, [join(modules, 'vite/bin/vite.js'), 'build'], { cwd: project().folder })
  const script = readFileSync(join(project().folder, 'bundle/page.js'))
  assert.match(script.toString(), /browser_session/)
  assert.doesNotMatch(script.toString(), /oauth|external|PRIVATE KEY|node:/)
  const { length } = brotliCompressSync(script)
  assert.ok(length < 10 * 1024, `${length} bytes`)
})

test('the package names no registry, no path of a machine and no dependency, and has its license and words', () => {
  const files = readdirSync(installed(), { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
  for (const [index, text] of texts.entries())
    assert.doesNotMatch(text, /registry\.|\/work\/|\/tmp\//, files[index]?.name ?? '')
  const names = files.map(({ name }) => name)
  for (const name of ['README.md', 'LICENSE', 'package.json', 'index.d.ts']) assert.ok(names.includes(name), name)
  assert.ok(
    names.every((name) => /\.(js|d\.ts|md|json)$|^LICENSE$/.test(name)),
    names.join(' '),
  )
  const told = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8'))
  assert.deepEqual([told.dependencies, told.devDependencies, told.scripts], [undefined, undefined, undefined])
})
