import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The processes that a process started and that are still there, in ascending order. */
export function childrenOf(pid: number): number[] {
  const children = process.platform === 'linux' ? childrenOnLinux(pid) : childrenElsewhere(pid)
  return children.sort((a, b) => a - b)
}

const childrenOnLinux = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

const childrenElsewhere = (parent: number): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid] : []))
