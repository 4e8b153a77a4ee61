// Installs the packages when they are missing or not those of package-lock.json; else does nothing.
// Plain JavaScript on purpose: it must run on the oldest Node of package.json with nothing installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, sep } from 'node:path'

const root = new URL('../', import.meta.url)
const machine = `${process.platform}-${process.arch}`
const at = (/** @type {string} */ path) => new URL(path, root)
const marker = at('node_modules/.barong-install')
const command = at('node_modules/.bin/node')

/** What node_modules must have been installed from: the lockfile, for this kind of machine. */
const wanted = () =>
  `${createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex')} ${machine}\n`

const nodePackage = () =>
  [`node-${machine}`, `node-bin-${machine}`].find((name) => existsSync(at(`node_modules/${name}/bin/node`)))

function isInstalled() {
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted()) return true
  // Somebody ran `npm ci` or `npm install` by hand, and leaving nothing out, after the lockfile last changed.
  const hidden = at('node_modules/.package-lock.json')
  const isWhole = nodePackage() !== undefined && existsSync(at('node_modules/@biomejs/biome'))
  return isWhole && existsSync(hidden) && statSync(hidden).mtimeMs >= statSync(at('package-lock.json')).mtimeMs
}

/**
 * Makes the pinned Node the `node` of every `npm run`. The packages for other machines name the same command, and npm
 * takes the link away when it leaves those out.
 */
function linkNode() {
  const name = nodePackage()
  if (!name) return
  mkdirSync(at('node_modules/.bin'), { recursive: true })
  rmSync(command, { force: true })
  symlinkSync(`../${name}/bin/node`, command)
}

function runNpm() {
  // npm as the user called it, run by the Node that came with it and not by the one being replaced.
  const { npm_execpath: npm, npm_node_execpath: node, PATH = '' } = process.env
  const path = PATH.split(delimiter).filter((path) => !path.includes(`node_modules${sep}.bin`))
  const [program, ...first] = npm?.endsWith('npm-cli.js') && node && existsSync(node) ? [node, npm] : ['npm']
  const args = [...first, 'ci', '--include=dev', '--include=optional', '--loglevel=error']
  const env = { ...process.env, PATH: path.join(delimiter) }
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env })
  if (error) throw new Error(`npm could not be started (${error.message})`)
  if (status !== 0) throw new Error('npm could not install the packages (its own words are above)')
}

function remember() {
  const text = wanted()
  if (existsSync(marker) && readFileSync(marker, 'utf8') === text) return
  try {
    writeFileSync(marker, text)
  } catch {
    // Another user owns node_modules: it stays recognised by its time stamps.
  }
}

try {
  const isRunByNpm = process.argv.includes('--after-npm')
  if (!isRunByNpm && !isInstalled()) {
    console.log('Installing the packages of package-lock.json with `npm ci`: once, and again only when they change.')
    runNpm()
  }
  if (!existsSync(command)) linkNode()
  if (isRunByNpm) process.exit()
  // Below: only what `npm start` and `npm test` need; a production image brings its own Node.
  if (!existsSync(command)) throw new Error(`there is no package of Node 26 for ${machine}`)
  remember()
} catch (error) {
  console.error(
    `\nInstallation failed: ${error instanceof Error ? error.message : error}.\n` +
      'It needs the npm registry (or a full npm cache), write access to node_modules and no `--omit=optional`; then run the same command again.',
  )
  process.exitCode = 1
}
