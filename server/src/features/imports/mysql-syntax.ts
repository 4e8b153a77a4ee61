import { ImportError } from './import-error.ts'
/** A place in a text of which more may follow. */
export interface Cursor {
  text: string
  at: number
}

const QUOTE = 39
const BACKSLASH = 92

const NAME = String.raw`(?:\x60(?:[^\x60]|\x60\x60)+\x60|\w+)`
const INSERT = RegExp(
  String.raw`(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+(?:${NAME}\.)?(?<table>${NAME})\s*(?:\((?<columns>[^()]*)\)\s*)?VALUES\s*`,
  'iy',
)
const MAYBE_INSERT = /(?:I(?:N(?:S(?:E(?:R(?:T.*)?)?)?)?)?|R(?:E(?:P(?:L(?:A(?:C(?:E.*)?)?)?)?)?)?)?$/isy
/** A literal that is no quoted text. */
const BARE = /(?:0x[\da-f]*|-?\d+(?:\.\d*)?(?:e[+-]?\d+)?|-?\.\d+|[a-z]+)(?=[\s,)])/iy
const INTRODUCER = /_[a-z0-9]+\s*(?=')|[xnb](?=')/iy
const BETWEEN = /\s*,?\s*/y
const BLANK = /(?:\s+|--(?=\s)[^\n]*\n|#[^\n]*\n|\/\*[\s\S]*?\*\/)*/y

/** Moves the cursor past white space and comments that are whole. */
export function skipBlank(cursor: Cursor): void {
  cursor.at = skip(BLANK, cursor.text, cursor.at)
}

/**
 * Reads `INSERT INTO t (…) VALUES` and leaves the cursor at the first row. `undefined` when another statement begins here,
 * `null` when too little of the text is there to tell.
 */
export function readInsertHead(cursor: Cursor): { table: string; columns?: string[] } | undefined | null {
  INSERT.lastIndex = cursor.at
  const groups = INSERT.exec(cursor.text)?.groups
  if (groups) {
    cursor.at = INSERT.lastIndex
    const { table = '', columns } = groups
    return columns === undefined
      ? { table: unquoted(table) }
      : { table: unquoted(table), columns: columns.split(',').map((name) => unquoted(name.trim())) }
  }
  MAYBE_INSERT.lastIndex = cursor.at
  return cursor.text.length - cursor.at < 100_000 && MAYBE_INSERT.test(cursor.text) ? null : undefined
}

/**
 * Reads one row, `(1,'a',NULL)`, and what divides it from the next; `end` at the semicolon, `undefined` when the text
 * breaks off before the row ends, and the cursor has not moved. The values are only taken in when they are wanted.
 */
export function readRow(cursor: Cursor, isWanted: boolean): (string | null)[] | 'end' | undefined {
  const { text } = cursor
  let at = skip(BETWEEN, text, cursor.at)
  if (text[at] === ';') {
    cursor.at = at + 1
    return 'end'
  }
  if (at >= text.length) return undefined
  if (text[at] !== '(') throw new ImportError('The dump has something else where a row is expected.')
  const values: (string | null)[] = []
  at += 1
  for (;;) {
    at = skip(BETWEEN, text, at)
    if (text[at] === ')') {
      cursor.at = at + 1
      return values
    }
    const literal = readLiteral(text, at)
    if (!literal) return undefined
    if (isWanted) values.push(literal.value())
    at = literal.end
  }
}

/** Where the statement at the cursor ends, after its semicolon; comments, texts and names in it may contain one. */
export function endOfStatement({ text, at }: Cursor): number | undefined {
  const part = /--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/|`[^`]*`|"(?:[^"\\]|\\.)*"|'|;|[^-#/`"';]+|[-/](?!\*)/y
  part.lastIndex = at
  for (let match = part.exec(text); match; match = part.exec(text)) {
    if (match[0] === ';') return part.lastIndex
    if (match[0] === "'") {
      const end = endOfText(text, part.lastIndex - 1)
      if (end === undefined) return undefined
      part.lastIndex = end
    }
  }
  return undefined
}

/** The columns of `CREATE TABLE`, in order; `undefined` for any other statement. */
export function readTableColumns(statement: string): { name: string; columns: string[] } | undefined {
  const create = RegExp(String.raw`CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:${NAME}\.)?(${NAME})\s*\(`, 'i')
  const head = create.exec(statement)
  if (!head) return undefined
  const body = statement.slice(head.index + head[0].length)
  // A column stands on a line of its own and begins with its name; keys and constraints begin with a word.
  const columns = [...body.matchAll(/^\s*`((?:[^`]|``)+)`\s+\w/gm)].map(([, name = '']) => name.replaceAll('``', '`'))
  return { name: unquoted(head[1] ?? ''), columns }
}

function readLiteral(text: string, start: number): { value(): string | null; end: number } | undefined {
  const at = skip(INTRODUCER, text, start)
  if (text.charCodeAt(at) === QUOTE) {
    const end = endOfText(text, at)
    if (end === undefined) return undefined
    const isHex = /^x$/i.test(text.slice(start, at).trim())
    const inner = () => text.slice(at + 1, end - 1)
    return { value: () => (isHex ? bytesOf(inner()) : unescaped(inner())), end }
  }
  BARE.lastIndex = start
  const bare = BARE.exec(text)?.[0]
  if (bare !== undefined) return { value: () => bareValue(bare), end: start + bare.length }
  if (text.length - start > 1000) throw new ImportError('The dump has something else where a value is expected.')
  return undefined
}

function bareValue(text: string): string | null {
  if (/^null$/i.test(text)) return null
  return /^0x/i.test(text) ? bytesOf(text.slice(2)) : text
}

/** Where the quoted text that begins at `at` ends, after its quote; a doubled quote and one after a backslash belong to it. */
function endOfText(text: string, at: number): number | undefined {
  for (let index = at + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === BACKSLASH) index += 1
    else if (code === QUOTE) {
      // Whether it is doubled is known only from what follows.
      if (index + 1 >= text.length) return undefined
      if (text.charCodeAt(index + 1) !== QUOTE) return index + 1
      index += 1
    }
  }
  return undefined
}

const ESCAPES: Readonly<Record<string, string>> = { 0: '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' }

const unescaped = (text: string): string =>
  text.includes('\\') || text.includes("''")
    ? text.replace(/''|\\([\s\S])/g, (found, char?: string) => {
        if (char === undefined) return "'"
        return char === '%' || char === '_' ? found : (ESCAPES[char] ?? char)
      })
    : text

const bytesOf = (hex: string): string => Buffer.from(hex, 'hex').toString('utf8')

const unquoted = (name: string): string => (name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name)

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
