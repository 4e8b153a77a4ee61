import { type Config, ConfigError, loadConfig, processEnvironment } from '../platform/config/config.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { checks } from './doctor-checks.ts'
import type { Finding } from './findings.ts'
import { say } from './output.ts'

/** `barong doctor`: looks at everything a start depends on, changes nothing, and says what to do. */
export const doctor: Command = {
  summary: 'Check the configuration and everything it names, without starting',
  usage: ['doctor [--nodes <number that share the database>]'],
  run: async (args) => {
    const { values } = readArguments(args, { nodes: { type: 'string' } })
    const nodes = Number(values.nodes ?? 1)
    if (!Number.isInteger(nodes) || nodes < 1) throw new UsageError('--nodes needs a whole number from 1 on.')
    const config = tellConfiguration()
    if (!config) return
    for (const [title, check] of Object.entries(checks))
      for (const finding of await found(() => check(config, { nodes }))) tell(title, finding)
  },
}

function tellConfiguration(): Config | undefined {
  try {
    const config = loadConfig(processEnvironment())
    tell('configuration', { ok: true, text: `${config.values.BARONG_ENV}, ${config.url}` })
    return config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const text of error.sentences) tell('configuration', { ok: false, text })
    return undefined
  }
}

async function found(check: () => Promise<Finding> | Finding): Promise<Finding[]> {
  try {
    return [await check()]
  } catch (error) {
    const sentences = error instanceof Error ? sentencesOf(error) : [String(error)]
    return sentences.map((text) => ({ ok: false, text }))
  }
}

const sentencesOf = (error: Error): readonly string[] =>
  error instanceof ConfigError ? error.sentences : [error.message]

function tell(title: string, { ok, text }: Finding): void {
  say(`${ok ? 'ok     ' : 'PROBLEM'}  ${title.padEnd(18)} ${text}`)
  if (!ok) process.exitCode = 1
}
