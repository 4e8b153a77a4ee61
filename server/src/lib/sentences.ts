/** Joins as in English prose: `A`, `A and B`, `A, B, and C`. */
export function toSentence(list: readonly string[]): string {
  if (list.length < 3) return list.join(' and ')
  return `${list.slice(0, -1).join(', ')}, and ${list.at(-1)}`
}

/** An attribute's name for people: `first_name` is `First name`. */
export function humanize(attribute: string): string {
  const words = attribute.replaceAll('_', ' ')
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

/** Removes white space around the text and makes every run within it one space. */
export const squish = (text: string): string => text.trim().replace(/\s+/g, ' ')

/** What is wrong with the attributes of one record, in order of each attribute's first failure and without repetition. */
export class ModelErrors {
  readonly #messages = new Map<string, Set<string>>()

  /** Notes a failure; the message lacks the attribute's name: `errors.add('key', 'is invalid')`. */
  add(attribute: string, message: string): void {
    const messages = this.#messages.get(attribute) ?? new Set()
    this.#messages.set(attribute, messages.add(message))
  }

  /** Whether anything is wrong. */
  get any(): boolean {
    return this.#messages.size > 0
  }

  /** Full messages per attribute: `{ key: ['Key is invalid'] }`. */
  byAttribute(): Record<string, string[]> {
    const full = ([attribute, messages]: [string, Set<string>]) => [
      attribute,
      [...messages].map((message) => `${humanize(attribute)} ${message}`),
    ]
    return Object.fromEntries([...this.#messages].map(full))
  }

  /** All full messages: `['Key is invalid', 'Value is invalid']`. */
  fullMessages(): string[] {
    return Object.values(this.byAttribute()).flat()
  }

  /** All full messages in one sentence: `Key is invalid and Value is invalid`. */
  sentence(): string {
    return toSentence(this.fullMessages())
  }
}
