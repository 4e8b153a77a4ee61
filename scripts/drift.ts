// Generates the committed files anew and fails when that changed anything.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folders = ['server/openapi', 'docs/reference', 'sdk/src/generated']

/** The text of every file in the generated folders, by its path. */
function read(): Map<string, string> {
  const files = folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))
}

const before = read()
execFileSync(process.execPath, ['--run', 'generate'], { cwd: root, stdio: 'inherit' })
const after = read()

const changed = [...new Set([...before.keys(), ...after.keys()])].filter((file) => before.get(file) !== after.get(file))
if (changed.length > 0) {
  console.error('These files were out of date and are now generated anew; look at the difference and commit it:')
  for (const file of changed) console.error(`  ${file.slice(root.length + 1)}`)
  process.exitCode = 1
}
