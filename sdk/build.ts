// `npm run build -w sdk`: writes what is published into dist/ (or the folder that it is told), JavaScript with its types and a package.json of its own.
// Here in the repository everybody imports the sources; package.json says which ones are entries.
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = import.meta.dirname
const [dist = join(root, 'dist')] = process.argv.slice(2)

interface Manifest {
  exports: Record<string, string>
  [field: string]: unknown
}

/** What an entry `./src/verifier.ts` is when it is built. */
function built(source: string) {
  const path = source.replace(/^\.\/src\//, './').replace(/\.ts$/, '')
  return { types: `${path}.d.ts`, default: `${path}.js` }
}

rmSync(dist, { recursive: true, force: true })
const tsc = join(root, '../node_modules/@typescript/native/bin/tsc')
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.json', '--outDir', dist], { cwd: root, stdio: 'inherit' })

const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { devDependencies: _, scripts: __, exports: entries, ...told } = manifest
const exports = Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, built(source)]))
writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ ...told, exports }, null, 2)}\n`)
copyFileSync(join(root, 'README.md'), join(dist, 'README.md'))
copyFileSync(join(root, '../LICENSE'), join(dist, 'LICENSE'))
