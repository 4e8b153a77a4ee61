import { named, occurrences, valuesOf } from './pdf-names.ts'
import { type ObjectTexts, objectsOf } from './pdf-objects.ts'

const OPEN_ACTION = named(['OpenAction'])
const KIND = named(['S'])
const FILE = named(['F', 'FFilter', 'FDecodeParms'])
const DESCRIBED = named(['F', 'UF', 'Filespec'])
/** What an action may do unasked: go to another page of the same file (ISO 32000-2, 12.6.4). */
const HARMLESS = named(['GoTo', 'Named'])
const REFERENCE = /^(\d{1,10})[\s\0]+\d+[\s\0]+R(?![A-Za-z])/
/** More than an action or a reference takes. */
const LENGTH = 4096

/** Whether something but going to a page happens when the file is opened (ISO 32000-2, 7.7.2). */
export const actsWhenOpened = (texts: ObjectTexts): boolean =>
  [texts.outside, ...texts.packed].some((text) =>
    valuesOf(OPEN_ACTION, text, LENGTH).some((value) => {
      const number = REFERENCE.exec(value)?.[1]
      if (number === undefined) return !isHarmless(dictionaryOf(value))
      const found = objectsOf(texts, Number(number))
      return found.length === 0 || !found.every(isHarmless)
    }),
  )

/** A page, by its place or by name, or an action of a harmless kind that none follows. */
function isHarmless(value: string): boolean {
  if (!value.startsWith('<<')) return /^(?:[[(/]|<|null)/.test(value)
  const kinds = occurrences(KIND, value)
  return kinds === 1 && valuesOf(KIND, value, LENGTH).every((kind) => kind.search(HARMLESS) === 0)
}

/** From `<<` to where as many of them ended as began; strings are not told apart, so it may be less or more. */
function dictionaryOf(value: string): string {
  if (!value.startsWith('<<')) return value
  let depth = 0
  for (const { 0: bracket, index } of value.matchAll(/<<|>>/g)) {
    depth += bracket === '<<' ? 1 : -1
    if (depth === 0) return value.slice(0, index)
  }
  return value
}

/** Whether the data of a stream with that dictionary stands in another file (ISO 32000-2, 7.3.8.2). */
export const isElsewhere = (texts: ObjectTexts, dictionary: string): boolean =>
  valuesOf(FILE, dictionary, LENGTH).some((value) => {
    const number = REFERENCE.exec(value)?.[1]
    if (number === undefined) return /^[(<]/.test(value)
    return objectsOf(texts, Number(number)).some((found) => /^(?:\(|<(?!<))/.test(found) || DESCRIBED.test(found))
  })
