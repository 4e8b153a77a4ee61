import type { Setting } from './setting.ts'
import { settings } from './settings.ts'

/** The configuration reference in Markdown: every setting by its group, in the order of the list. */
export function configurationReference(): string {
  const named: [string, Setting<unknown>][] = Object.entries(settings)
  const groups = [...new Set(named.map(([, { group }]) => group))]
  const sections = groups.map((group) =>
    [
      `## ${group}`,
      '',
      '| variable | default | meaning |',
      '|---|---|---|',
      ...named.filter(([, setting]) => setting.group === group).map(([name, setting]) => row(name, setting)),
    ].join('\n'),
  )
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`
}

const INTRODUCTION = `# Configuration

Settings are environment variables; one that is unset or blank has its default. Wrong and contradicting values stop the
start with a sentence each, and \`barong doctor\` tells the same of a configuration without starting it. Where Barong 1.8.26
had a variable for the same thing, the name is the same.

What must be kept secret can be read from a file instead: name it in the same variable with \`_FILE\` after its name
(\`SMTP_PASSWORD_FILE=/run/secrets/smtp\`). In production such a file, and the embedded database, must be out of reach of other
users of the machine.

This page is generated from the code.`

const row = (name: string, { fallback, describe, secret }: Setting<unknown>): string =>
  `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${cell(describe)}${secret ? ' Keep it secret.' : ''} |`

const cell = (text: string): string => text.replaceAll('|', '\\|')
