import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A program that tests kill without mercy and start again. */
export interface Restartable extends AsyncDisposable {
  /** Ends it with SIGKILL, with all its children. */
  kill(): Promise<void>
  start(): Promise<void>
}

export interface Program {
  /** Its own folder, which goes with it; working directory and HOME. */
  folder: string
  user: { uid?: number; gid?: number }
  env: Record<string, string>
  /** Shell commands: once before the first start, the program itself, once after its end. */
  init?: string
  run: string
  end?: string
}

// The shell outlives us on purpose: its input ends when this process does, in whatever way, and then it takes the
// program down and its files away. Each start is a session of its own, so that a kill reaches every child.
const script = `
folder=$1 init=$2 run=$3 end=$4
cd "$folder" || exit 1
start() { setsid sh -c "exec $run" >>"$folder/log" 2>&1 </dev/null & service=$!; }
finish() { kill -KILL "-$service"; wait "$service"; } 2>/dev/null
sh -c "$init" >>"$folder/log" 2>&1 </dev/null
start
echo done
while read -r word; do
  case $word in kill) finish ;; start) start ;; esac
  echo done
done
finish
sh -c "$end" >/dev/null 2>&1 </dev/null
cd /
rm -rf "$folder"
`

/** Starts the program; it may need a while until it answers. */
export async function startRestartable({
  folder,
  user,
  env,
  init = ':',
  run,
  end = ':',
}: Program): Promise<Restartable> {
  const shell = spawn('sh', ['-c', script, 'sh', folder, init, run, end], {
    ...user,
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  await once(shell.stdout, 'data')
  const tell = async (word: string) => {
    const answered = once(shell.stdout, 'data')
    shell.stdin.write(`${word}\n`)
    await answered
  }
  release(shell)
  return {
    kill: () => tell('kill'),
    start: () => tell('start'),
    [Symbol.asyncDispose]: async () => {
      shell.ref()
      const ended = once(shell, 'exit')
      shell.stdin.end()
      await ended
    },
  }
}

/** A TCP port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.')
  return address.port
}

/** Tries until it succeeds, for three minutes. */
export async function eventually<T>(what: string, attempt: () => Promise<T>): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await attempt()
    } catch (error) {
      if (count >= 1800) throw new Error(`${what} did not come to it within three minutes`, { cause: error })
      await pause(100)
    }
  }
}

/** A file that forgets to stop its program must still end. */
function release(shell: ChildProcess): void {
  shell.unref()
  for (const pipe of [shell.stdin, shell.stdout])
    if (pipe && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
}
