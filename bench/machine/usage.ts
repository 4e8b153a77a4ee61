import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second that Linux counts CPU time in. */
const TICKS = 100

/** What processes have used until now, in seconds of CPU; all zero where there is no /proc. */
export interface Usage {
  all: number
  /** By process, of its main thread. */
  threads: number[]
  /** Of everything on the machine. */
  machine: number
}

/** Reads what the processes have used. */
export const usageOf = (pids: readonly number[]): Usage => ({
  all: pids.reduce((sum, pid) => sum + secondsOf(`/proc/${pid}/stat`), 0),
  threads: pids.map((pid) => secondsOf(`/proc/${pid}/task/${pid}/stat`)),
  machine: busySeconds(),
})

/** The process and all that it started. */
export function familyOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return [pid, ...children.flatMap(familyOf)]
}

/** Mebibytes of the largest of the processes; `own` without what it maps of files. */
export const memoryOf = (pids: readonly number[], own = false): number =>
  Math.max(0, ...pids.map((pid) => mebibytes(read(`/proc/${pid}/status`), own ? 'RssAnon' : 'VmRSS')))

const mebibytes = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024

/** The processes whose command line has that text. */
export const processesWith = (text: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(text))
    .map(Number)

function secondsOf(file: string): number {
  const fields = read(file)
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS
}

function busySeconds(): number {
  const [, ...fields] = (read('/proc/stat').split('\n')[0] ?? '').split(/\s+/)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields.map(Number)
  return (user + nice + system + irq + softirq) / TICKS
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
