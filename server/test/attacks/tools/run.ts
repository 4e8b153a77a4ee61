// `npm run attack [-- sqlmap wapiti ffuf nikto] [--seconds=180]`: attackers' tools of Debian (`apt-get install sqlmap wapiti ffuf`, and
// nikto of its non-free archive) at a started server on this machine, on each database; tells what they found and what it cost. Exits with
// 1 when there is a finding or a 500.
import { ffuf } from './ffuf.ts'
import { nikto } from './nikto.ts'
import { sqlmap } from './sqlmap.ts'
import { startTarget } from './target.ts'
import type { Tool } from './tool.ts'
import { wapiti } from './wapiti.ts'

const tools: Readonly<Record<string, Tool>> = { sqlmap, wapiti, ffuf, nikto }
const say = (line: string) => process.stdout.write(`${line}\n`)

const words = process.argv.slice(2)
const seconds = Number(words.find((word) => word.startsWith('--seconds='))?.split('=')[1] ?? 180)
const names = words.filter((word) => word in tools)
const kinds = (['sqlite', 'postgres'] as const).filter((kind) => !words.includes(`--not-${kind}`))

say('| tool | database | requests | findings | answers of 500 and above | memory before, after (MiB) | seconds |')
say('|---|---|---|---|---|---|---|')
for (const name of names.length > 0 ? names : Object.keys(tools)) {
  for (const kind of kinds) {
    await using target = await startTarget(kind)
    const before = await target.measure()
    const started = performance.now()
    const findings = (await tools[name]?.(target, seconds)) ?? []
    const after = await target.measure()
    const took = Math.round((performance.now() - started) / 1000)
    const { failures } = after
    say(
      `| ${name} | ${kind} | ${after.requests - before.requests} | ${findings.length} | ${failures.join('; ') || 'none'} | ${before.memory}, ${after.memory} | ${took} |`,
    )
    for (const finding of findings) say(`  - ${finding}`)
    if (findings.length > 0 || failures.length > 0) process.exitCode = 1
  }
}
