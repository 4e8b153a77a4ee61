import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Target } from './target.ts'

/** Sends what it knows at the target within a time, and tells what it found. */
export type Tool = (target: Target, seconds: number) => Promise<string[]>

/** Runs a program for so many seconds at most; what it says. Fails where it is not installed. */
export async function run(command: string, args: readonly string[], seconds: number): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGINT'), seconds * 1000)
  const harder = setTimeout(() => child.kill('SIGKILL'), (seconds + 10) * 1000)
  try {
    const [out, problems] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return `${out}\n${problems}`
  } finally {
    clearTimeout(timer)
    clearTimeout(harder)
  }
}
