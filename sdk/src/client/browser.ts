// What browsers have, and Node has in part or not at all; described here so that no program needs their types.

/** Something global, which may be missing here. */
export const globalOf = (name: string): unknown => Reflect.get(globalThis, name)

/** The origin of the page; `undefined` outside of pages. */
export function originHere(): string | undefined {
  const location = globalOf('location')
  return has(location, 'origin') && typeof location.origin === 'string' ? location.origin : undefined
}

const has = <const K extends string>(value: unknown, ...names: K[]): value is Record<K, unknown> =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  names.every((name) => name in value && Reflect.get(value, name) !== undefined)

interface Locks {
  request<T>(name: string, held: () => Promise<T>): Promise<T>
}

/** Locks that the tabs of a site share (Web Locks); browsers have them at https addresses. */
export function locksHere(): Locks | undefined {
  const navigator = globalOf('navigator')
  return has(navigator, 'locks') && isLocks(navigator.locks) ? navigator.locks : undefined
}

const isLocks = (value: unknown): value is Locks => has(value, 'request')

/** `localStorage`, or what is like it. */
export interface Texts {
  getItem(name: string): string | null
  setItem(name: string, text: string): void
  removeItem(name: string): void
}

/** Whether a value keeps texts by names. */
export const isTexts = (value: unknown): value is Texts => has(value, 'getItem', 'setItem', 'removeItem')

interface PublicKeys {
  parseCreationOptionsFromJSON(options: object): object
  parseRequestOptionsFromJSON(options: object): object
}

interface Credentials {
  create(options: { publicKey: object }): Promise<unknown>
  get(options: { publicKey: object }): Promise<unknown>
}

/** What makes and uses passkeys (WebAuthn, level 3); `undefined` where there is none, or one too old to speak JSON. */
export function passkeysHere(): { parse: PublicKeys; credentials: Credentials } | undefined {
  const parse = globalOf('PublicKeyCredential')
  const navigator = globalOf('navigator')
  if (!isPublicKeys(parse) || !has(navigator, 'credentials')) return undefined
  const { credentials } = navigator
  return isCredentials(credentials) ? { parse, credentials } : undefined
}

const isPublicKeys = (value: unknown): value is PublicKeys =>
  has(value, 'parseCreationOptionsFromJSON', 'parseRequestOptionsFromJSON')
const isCredentials = (value: unknown): value is Credentials => has(value, 'create', 'get')

/** A credential that was made or used, as JSON. */
export const isCredential = (value: unknown): value is { toJSON(): object } => has(value, 'toJSON')

/** The part of an `XMLHttpRequest` that tells how far an upload is, which `fetch` does not. */
export interface Xhr {
  readonly upload: { addEventListener(name: 'progress', listener: (event: Progress) => void): void }
  readonly status: number
  readonly responseText: string
  withCredentials: boolean
  addEventListener(name: 'load' | 'error' | 'abort' | 'loadend', listener: () => void): void
  open(method: string, url: string): void
  setRequestHeader(name: string, value: string): void
  getAllResponseHeaders(): string
  send(body: FormData): void
  abort(): void
}

interface Progress {
  loaded: number
  total: number
}

const isXhr = (value: unknown): value is new () => Xhr => typeof value === 'function'

/** A new `XMLHttpRequest`. */
export function newXhr(): Xhr | undefined {
  const Xhr = globalOf('XMLHttpRequest')
  return isXhr(Xhr) ? new Xhr() : undefined
}
