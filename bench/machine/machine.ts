import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import packages from '../../server/package.json' with { type: 'json' }

/** What was measured on, and with which versions, for the head of a report. */
export function machineFacts(): Record<string, string> {
  const { dependencies } = packages
  return {
    Cores: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    Memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    System: `${type()} ${release()}`,
    Node: process.version,
    Barong: `${packages.version} (${commit()})`,
    Fastify: dependencies.fastify,
    'oidc-provider': dependencies['oidc-provider'],
    argon2: `@node-rs/argon2 ${dependencies['@node-rs/argon2']}`,
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'no repository'
  }
}
