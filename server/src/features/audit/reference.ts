import { actions } from './actions.ts'

/** The reference of actions in Markdown, in the order of the list. */
export const actionsReference = (): string =>
  `${INTRODUCTION}\n\n| action | what it says |\n|---|---|\n${rows().join('\n')}\n`

const INTRODUCTION = `# Actions of the audit log

Everything that is recorded, by its stable name. A record with the result \`refused\` changed nothing, and its \`code\` says why.
How records are read, kept and proved stands in [The audit log](../guides/audit.md).

This page is generated from the code.`

const rows = (): string[] => Object.entries(actions).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)
