import { isFields } from '../objects.ts'

/** A path with its parameters in place: `/api/v1/labels/{key}`. Throws when one is missing. */
export const pathOf = (template: string, path: object = {}): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value: unknown = Reflect.get(path, name)
    // `..` would climb to another operation, as the address is made of it.
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
    if (text === '' || text === '.' || text === '..') throw new TypeError(`${name} is needed for ${template}`)
    return encodeURIComponent(text)
  })

/** The query of an address; what is `undefined` is left out. */
export function queryOf(query: object = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))}`
}

/** Whether something in a body is a file. */
export const hasFile = (body: unknown): body is Readonly<Record<string, unknown>> =>
  isFields(body) && Object.values(body).some((value) => value instanceof Blob)

/** A body as a form, which files need; objects become `name[key]`. */
export function formOf(body: Readonly<Record<string, unknown>>): FormData {
  const form = new FormData()
  const append = (name: string, value: unknown): void => {
    if (value === undefined || value === null) return
    if (value instanceof Blob) form.append(name, value, nameOf(value))
    else if (isFields(value)) for (const [key, inner] of Object.entries(value)) append(`${name}[${key}]`, inner)
    else if (Array.isArray(value)) for (const inner of value) append(`${name}[]`, inner)
    else form.append(name, String(value))
  }
  for (const [name, value] of Object.entries(body)) append(name, value)
  return form
}

/** The server goes by the extension of a name, which what is no file, such as a picture of a canvas, does not have. */
function nameOf(value: Blob): string {
  return value instanceof File ? value.name : `upload${EXTENSIONS[value.type] ?? ''}`
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'application/pdf': '.pdf',
}
