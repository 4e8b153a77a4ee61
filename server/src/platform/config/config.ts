import { contradictions } from './contradictions.ts'
import { openFiles, rereading, withSecretFiles } from './secret-files.ts'
import { settings, type Values } from './settings.ts'
import { type Config, shape } from './shape.ts'
import { unsafeRuntime } from './unsafe.ts'

export type { Config } from './shape.ts'

/** Several mistakes at once, a sentence each. */
export class ConfigError extends Error {
  readonly sentences: readonly string[]

  constructor(sentences: readonly string[], options: { cause?: unknown } = {}) {
    super(sentences.join('\n'), options)
    this.name = 'ConfigError'
    this.sentences = sentences
  }
}

/** Reads, shapes and cross-checks the environment. Throws ConfigError naming every mistake. */
export function loadConfig(environment: Record<string, string | undefined>): Config {
  const mistakes: string[] = []
  const values = readAll(withSecretFiles(environment, mistakes), mistakes)
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  const config = shape(values, rereading(environment, values))
  const wrong = [...contradictions(config), ...(config.production ? unsafeAround(environment, config) : [])]
  if (wrong.length > 0) throw new ConfigError(wrong)
  return config
}

const unsafeAround = (environment: Record<string, string | undefined>, { database }: Config): string[] => [
  ...unsafeRuntime(environment),
  ...openFiles(environment, database),
]

/** The environment of this process. */
export const processEnvironment = (): Record<string, string | undefined> => process.env

function readAll(environment: Record<string, string | undefined>, mistakes: string[]): Values {
  const read = Object.entries(settings).map(([name, setting]) => {
    try {
      return [name, setting.read(environment[name])]
    } catch (error) {
      mistakes.push(`${name} ${error instanceof Error ? error.message : 'is wrong'}.`)
      return [name, setting.read(undefined)]
    }
  })
  return Object.fromEntries(read)
}
