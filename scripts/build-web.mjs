// Builds the web app into web/dist when its sources changed since the last build; else does nothing.
// Plain JavaScript without imports beyond Node's, so that a start with nothing to build costs a few milliseconds.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const output = join(root, 'web/dist')
const marker = join(output, '.built-from')

/** What the build reads. */
const sources = ['web/src', 'web/vite.config.ts', 'web/package.json', 'sdk/src', 'package-lock.json']
const compressible = /\.(js|css|svg|json)$/

/** @param {string} path @returns {string[]} */
const filesOf = (path) => {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** A digest of every file that the build reads, tests left out. */
function digest() {
  const hash = createHash('sha256')
  for (const source of sources) {
    const path = join(root, source)
    const files = /\.\w+$/.test(source) ? [path] : filesOf(path).sort()
    for (const file of files) {
      if (file.endsWith('.test.ts')) continue
      hash
        .update(`${relative(root, file).split(sep).join('/')}\0`)
        .update(readFileSync(file))
        .update('\0')
    }
  }
  return hash.digest('hex')
}

/** Compresses once what is sent often. */
function compress() {
  for (const file of filesOf(join(output, 'assets')).filter((file) => compressible.test(file))) {
    const bytes = readFileSync(file)
    writeFileSync(`${file}.br`, brotliCompressSync(bytes))
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
  }
}

const wanted = digest()
if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
  console.log('Building the web app: once, and again only when its sources change.')
  rmSync(marker, { force: true })
  const args = [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel=warn']
  const { status } = spawnSync(process.execPath, args, { cwd: join(root, 'web'), stdio: 'inherit' })
  if (status === 0) {
    compress()
    writeFileSync(marker, wanted)
  } else {
    console.error('The web app could not be built (the reasons are above).')
    process.exitCode = 1
  }
}
