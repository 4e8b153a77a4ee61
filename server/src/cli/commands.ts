import type { Command } from './command.ts'

/** Every command by its name, in the order of the help; only the one that is called is loaded. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).start,
  migrate: async () => (await import('./migrate.ts')).migrate,
  seed: async () => (await import('./seed.ts')).seed,
  account: async () => (await import('./account.ts')).account,
  application: async () => (await import('./application.ts')).application,
  import: async () => (await import('./import.ts')).importCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  key: async () => (await import('./key.ts')).key,
  webhook: async () => (await import('./webhook.ts')).webhook,
  event: async () => (await import('./event.ts')).event,
  audit: async () => (await import('./audit.ts')).audit,
  backup: async () => (await import('./backup.ts')).backup,
  restore: async () => (await import('./backup.ts')).restore,
  doctor: async () => (await import('./doctor.ts')).doctor,
  generate: async () => (await import('./generate.ts')).generate,
}
