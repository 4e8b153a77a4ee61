import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const build = fileURLToPath(new URL('../../../sdk/build.ts', import.meta.url))

const readme = readFileSync(new URL('../../../sdk/README.md', import.meta.url), 'utf8')

/** The example of the SDK's README whose first line is that name. */
export function exampleOf(name: string): string {
  const example = new RegExp(`\`\`\`[jt]s\n// ${name}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1]
  if (example === undefined) throw new Error(`The README has no example of ${name}.`)
  return example
}

/** An empty project of a newcomer who installed the SDK as it is published. */
export interface Project {
  folder: string
  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string
}

/** Builds, packs and installs the SDK once for the tests of a file. */
export function packedSdkForSuite(): () => Project {
  const folder = mkdtempSync(join(tmpdir(), 'barong-project-'))
  before(async () => {
    const dist = join(folder, 'dist')
    await run(process.execPath, [build, dist])
    await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: dist })
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'newcomer', type: 'module', private: true }))
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, tarball)], { cwd: folder })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  return () => ({
    folder,
    write: (name, content) => {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
  })
}

/** Adds the web servers that the SDK has middleware for, and what else the README's examples use. */
export function withServers(folder: string): void {
  const own = join(folder, 'node_modules')
  for (const scope of ['@hono', '@types']) mkdirSync(join(own, scope), { recursive: true })
  for (const name of ['fastify', 'express', 'hono', '@hono/node-server', '@types/express', 'otpauth'])
    if (!existsSync(join(own, name))) symlinkSync(join(modules, name), join(own, name))
}
