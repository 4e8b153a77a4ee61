import { may } from './actions.ts'

/** Kinds of personal data, each hidden in its own way. */
type Kind = 'email' | 'name' | 'number' | 'text'

const DOTS = '•••'

/** Always the same dots, so that nothing is learned of the length. */
const masks: Readonly<Record<Kind, (text: string) => string>> = {
  email: (text) => `${initial(text)}${DOTS}@${DOTS}${/\.[a-z]+$/i.exec(text)?.[0] ?? ''}`,
  name: (text) => `${initial(text)}${DOTS}`,
  number: (text) => (text.length < 6 ? DOTS : `${DOTS}${text.slice(-2)}`),
  text: () => DOTS,
}

/** The first character as people see it. */
const initial = (text: string): string => [...new Intl.Segmenter().segment(text)][0]?.segment ?? ''

/** How a role sees personal data: as it is, or masked. What is null or empty stays so. */
export interface Lens {
  clear: boolean
  see<T extends string | null>(kind: Kind, text: T): T | string
}

/** The lens of a role: everything that shows personal data in the console goes through it. */
export function lensOf(role: string): Lens {
  const clear = may(role, 'personal_data.read')
  return { clear, see: (kind, text) => (clear || text === null || text === '' ? text : masks[kind](text)) }
}
