/** Says an English sentence in the language of whoever reads it. */
export type Speak = (sentence: string) => string

const english: Speak = (sentence) => sentence

/** Markup that is safe to send: whatever was put into it as text is escaped. */
export class Html {
  /** The markup with its sentences in a language. */
  readonly render: (speak: Speak) => string

  constructor(markup: string | ((speak: Speak) => string)) {
    this.render = typeof markup === 'string' ? () => markup : markup
  }

  /** The markup in English. */
  get text(): string {
    return this.render(english)
  }
}

/** What a template may hold: text and numbers are escaped, markup and lists of it are taken as they are, nothing is left out. */
export type Part = string | number | Html | readonly Part[] | undefined | false

/** Builds markup; everything put in between is escaped, in text and in quoted attributes alike. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html((speak) =>
    literals.reduce((text, literal, index) => text + markupOf(parts[index - 1], speak) + literal),
  )
}

/**
 * A sentence in the language of whoever reads it (`locales.ts` has them by their English), with what stands in it for
 * `{name}`; what is put in stands isolated, so that it does not turn the sentence around.
 */
export function say(sentence: string, values: Readonly<Record<string, Part>> = {}): Html {
  return new Html((speak) => {
    const pieces = speak(sentence).split(/\{(\w+)\}/)
    const said = pieces.map((piece, index) =>
      index % 2 === 0 ? escapeHtml(piece) : `<bdi>${markupOf(values[piece], speak)}</bdi>`,
    )
    return said.join('')
  })
}

function markupOf(part: Part, speak: Speak): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.render(speak)
  if (typeof part === 'object') return part.map((each) => markupOf(each, speak)).join('')
  return escapeHtml(String(part))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
