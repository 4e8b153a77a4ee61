import { definitions } from './definitions.ts'
import { routeOf } from './rabbitmq.ts'

/** What the reference reads of a schema. */
interface Attribute {
  type?: string
  description?: string
  properties?: Record<string, Attribute>
  required?: readonly string[]
}

/** The events reference in Markdown, in the order of the catalogue. */
export const eventsReference = (): string =>
  `${[INTRODUCTION, ...Object.entries(definitions).map(([name, definition]) => section(name, definition))].join('\n\n')}\n`

const INTRODUCTION = `# Events

Every event there is, and what it says. How they arrive, in which order, and how to check that they come from here stands
in [Events](../guides/events.md). An attribute that has no value is left out. Times are ISO 8601 in UTC.

This page is generated from the code.`

function section(name: string, { summary, payload }: { summary: string; payload: object }): string {
  const { exchange, routing_key } = routeOf(name)
  const schema: Attribute = JSON.parse(JSON.stringify(payload))
  return [
    `## ${name}`,
    '',
    `${summary} RabbitMQ: exchange \`${exchange}\`, routing key \`${routing_key}\`.`,
    '',
    '| attribute | type | |',
    '|---|---|---|',
    ...rows(schema, ''),
  ].join('\n')
}

function rows({ properties = {}, required = [] }: Attribute, prefix: string): string[] {
  return Object.entries(properties).flatMap(([key, attribute]) => {
    // The same attributes as in the record, all optional.
    if (key === 'changes') return [`| \`changes\` | object | ${attribute.description ?? ''} |`]
    if (attribute.properties) return rows(attribute, `${prefix}${key}.`)
    const notes = [required.includes(key) ? '' : 'Optional.', attribute.description ?? ''].filter((note) => note !== '')
    return [`| \`${prefix}${key}\` | ${attribute.type ?? ''} | ${notes.join(' ')} |`]
  })
}
