/** Before what the server says, among the names of texts. */
const PREFIX = 'error.'

/**
 * What the server said as the locales say it: word for word, or by a text whose name has `{name}` where such sentences differ.
 * Nothing where they have no text for it.
 */
export function translationOf(messages: Readonly<Record<string, string>>, sentence: string): string | undefined {
  const text = messages[`${PREFIX}${sentence}`]
  if (text !== undefined) return text
  for (const [key, pattern] of Object.entries(messages)) {
    if (!key.startsWith(PREFIX) || !key.includes('{')) continue
    const found = patternOf(key.slice(PREFIX.length)).exec(sentence)
    // Values stand in isolation, so that they do not turn a sentence around.
    if (found) return pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => `\u2068${found.groups?.[name] ?? ''}\u2069`)
  }
  return undefined
}

const patternOf = (name: string): RegExp =>
  new RegExp(`^${name.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{(\w+)\}/g, '(?<$1>.+?)')}$`, 's')
