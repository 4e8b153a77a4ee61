import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildApp } from '../app.ts'
import { actionsReference } from '../features/audit/audit.ts'
import { loadConfig } from '../platform/config/config.ts'
import { configurationReference } from '../platform/config/reference.ts'
import { eventsReference } from '../platform/events/reference.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments } from './command.ts'
import { complain, say } from './output.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** Every generated file by its path in the repository. */
const files: Readonly<Record<string, () => Promise<string> | string>> = {
  'server/openapi/user-api.json': () => openApiDocument('/api/v1/swagger_doc'),
  'server/openapi/management-api.json': () => openApiDocument('/management_api/v1/swagger_doc'),
  'server/openapi/admin-api.json': () => openApiDocument('/api/v1/admin/swagger_doc'),
  'docs/reference/configuration.md': configurationReference,
  'docs/reference/events.md': eventsReference,
  'docs/reference/audit-actions.md': actionsReference,
}

/** `barong generate`: writes what is derived from the code and committed beside it. */
export const generate: Command = {
  summary: 'Write the OpenAPI documents and the configuration reference anew (for developers)',
  usage: ['generate', 'generate --check'],
  run: async (args) => {
    const { values } = readArguments(args, { check: { type: 'boolean' } })
    const changed: string[] = []
    for (const [path, make] of Object.entries(files)) {
      const file = join(ROOT, path)
      const text = await make()
      if (text === present(file)) continue
      changed.push(path)
      if (values.check) continue
      await mkdir(dirname(file), { recursive: true })
      writeFileSync(file, text)
      say(`wrote ${path}`)
    }
    if (!values.check || changed.length === 0) return
    for (const path of changed) complain(`${path} is out of date; run \`npm run generate\` and commit it.`)
    process.exitCode = 1
  },
}

function present(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Asks a server with an empty database for the document of one of its APIs. */
async function openApiDocument(path: string): Promise<string> {
  const data_dir = mkdtempSync(join(tmpdir(), 'barong-generate-'))
  try {
    await using deps = await wire(loadConfig({ BARONG_DATA_DIR: data_dir, LOG_LEVEL: 'silent' }))
    const app = await buildApp(deps)
    const { statusCode, body } = await app.inject(path)
    await app.close()
    if (statusCode !== 200) throw new Error(`The OpenAPI document ${path} cannot be read (${statusCode}).`)
    return `${JSON.stringify(JSON.parse(body), null, 2)}\n`
  } finally {
    rmSync(data_dir, { recursive: true, force: true })
  }
}

if (import.meta.main) await generate.run(process.argv.slice(2))
