// `npm run audit`: asks the registry which of the packages that run have known vulnerabilities. Exits with 1 when one has, and
// with 3, saying so, when nobody could be asked.
import { spawnSync } from 'node:child_process'

const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev'], { encoding: 'utf8', timeout: 60_000 })
const answer = parsed(stdout)
if (answer?.vulnerabilities === undefined) {
  console.error(`NOT CHECKED for known vulnerabilities: ${answer?.message ?? 'the registry did not answer'}`)
  process.exitCode = 3
} else {
  for (const { name, severity, range } of Object.values(answer.vulnerabilities))
    console.error(`${severity}: ${name} ${range}`)
  const count = Object.keys(answer.vulnerabilities).length
  console.log(count === 0 ? 'No package that runs has a known vulnerability.' : `${count} packages have.`)
  process.exitCode = count === 0 ? 0 : 1
}

interface Answer {
  message?: string
  vulnerabilities?: Record<string, { name: string; severity: string; range: string }>
}

function parsed(text: string): Answer | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
