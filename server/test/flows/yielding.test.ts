import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startProgram } from '../support/program.ts'

/** The niceness of each thread of a process, by the thread's name (proc(5): field 19, and names may hold spaces). */
function threadsOf(pid: number): { name: string; niceness: number }[] {
  return readdirSync(`/proc/${pid}/task`).map((id) => {
    const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8')
    const [name = '', fields = ''] = stat.slice(stat.indexOf('(') + 1).split(/\)(?=[^)]*$)/)
    return { name, niceness: Number(fields.trim().split(' ')[16]) }
  })
}

test('Threads that hash give way to the one that answers', {
  skip: process.platform === 'linux' ? false : 'ONLY LINUX TELLS THREADS APART: not looked at',
}, async () => {
  await using program = await startProgram('sqlite:')
  const threads = threadsOf(program.pid())
  const pool = threads.filter(({ name }) => name === 'libuv-worker')
  const own = threadsOf(process.pid).find(({ name }) => name !== 'libuv-worker')?.niceness ?? 0
  assert.ok(pool.length >= 3, JSON.stringify(threads))
  for (const { niceness } of pool) assert.equal(niceness, Math.min(own + 10, 19))
  for (const { name, niceness } of threads) if (name !== 'libuv-worker') assert.equal(niceness, own, name)
})
