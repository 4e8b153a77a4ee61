// Who reads may leave, as `| head` does: what is under way goes on, and its status is told all the same.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error
  })

/** Writes a line for the person at the terminal. */
export const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Writes a line about something that went wrong. */
export const complain = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** Writes names and values under each other; what is undefined is left out. */
export function sayFacts(facts: Readonly<Record<string, string | number | undefined>>): void {
  const rows = Object.entries(facts).filter(([, value]) => value !== undefined)
  const width = Math.max(...rows.map(([name]) => name.length))
  for (const [name, value] of rows) say(`  ${name.padEnd(width)}  ${value}`)
}

/** Everything on standard input, without the end of its last line. */
export async function readInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
