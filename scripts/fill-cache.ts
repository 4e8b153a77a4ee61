// Fills the cache of what Node makes of the sources (NODE_COMPILE_CACHE), for installations whose files the server cannot
// write: by a first start with data that are thrown away, which leaves what a start calls, and by importing the rest.
// The cache is kept by the user's id, the processor's architecture and Node's version: run it as who runs the server.
import { spawn, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** What acts as soon as it is imported. */
const programs = ['main.ts', 'cli/generate.ts', 'platform/pdf/draw-thread.ts']

if (process.env['BARONG_FILLS_CACHE']) await importAll()
else await fill()

async function fill(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'barong-first-start-'))
  try {
    await startOnce({ BARONG_ENV: 'development', BARONG_DATA_DIR: folder, PORT: '0', HOST: '127.0.0.1' })
    const rest = { NODE_OPTIONS: `--import ${import.meta.url}`, BARONG_FILLS_CACHE: 'yes' }
    const { status } = spawnSync(join(root, 'bin/barong'), ['help'], {
      env: { ...process.env, ...rest },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if (status !== 0) throw new Error('The sources could not be imported.')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Starts the server, and stops it as soon as it is ready. */
async function startOnce(settings: Record<string, string>): Promise<void> {
  const server = spawn(join(root, 'bin/barong'), ['start'], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let ready = false
  for await (const line of createInterface({ input: server.stdout })) {
    if (!line.startsWith('Barong is ready')) continue
    ready = true
    server.kill('SIGTERM')
  }
  if (!ready) throw new Error('The server did not start.')
}

async function importAll(): Promise<void> {
  const sources = join(root, 'server/src')
  for (const file of globSync('**/*.ts', { cwd: sources })) {
    if (programs.includes(file) || /(\.test\.ts$)|(^|\/)test\//.test(file)) continue
    await import(pathToFileURL(join(sources, file)).href)
  }
}
