// `npm run check`: every check of the repository, then every test, so that node's summary of the tests comes last.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** Scripts of package.json and what they show; groups run one after the other, since one writes what others read. */
const checks: readonly Readonly<Record<string, string>>[] = [
  { lint: 'format and lint', types: 'types', directions: 'dependency directions', 'dead-code': 'dead code' },
  { drift: 'generated files are up to date' },
  { published: 'published form of the SDK', audit: 'no known vulnerabilities' },
]

/** What a check says that could not be made at all, as `npm run audit` without a registry that answers: told loudly, no failure. */
const NOT_MADE = /^NOT CHECKED\b/m

/** Runs one script of package.json quietly; its output is only shown when it fails. Returns whether it passed. */
async function passes([script, title]: readonly [string, string]): Promise<boolean> {
  const started = performance.now()
  const child = spawn(process.execPath, ['--run', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, problems, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const notMade = code !== 0 && NOT_MADE.test(problems)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (code === 0) console.log(`✔ ${title} (${seconds} s)`)
  else if (notMade) console.log(`⚠ ${title}: ${problems.trim()}`)
  else console.log(`✖ ${title} (${seconds} s; npm run ${script})\n${output}${problems}`)
  return code === 0 || notMade
}

/** Runs the tests in the foreground and returns whether they passed. */
async function passTests(): Promise<boolean> {
  const child = spawn(process.execPath, ['--run', 'tests'], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code] = await once(child, 'close')
  return code === 0
}

const failed: string[] = []
for (const group of checks) {
  const outcomes = await Promise.all(Object.entries(group).map(async (each) => ((await passes(each)) ? [] : [each[1]])))
  failed.push(...outcomes.flat())
}
console.log()
const tested = await passTests()
if (failed.length > 0) console.log(`\n✖ failed before the tests: ${failed.join(', ')}`)
process.exitCode = tested && failed.length === 0 ? 0 : 1
