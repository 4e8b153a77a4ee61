import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { upload } from '../../../sdk/src/client/upload.ts'
import { createBarong, solveProofOfWork } from '../../../sdk/src/index.ts'
import { answering, URL } from './fakes.ts'

const LONG = 3_600_000
const FILE = { path: { id: 1 }, query: { expires: '1', signature: 's', page: 1 } }

/** A client whose server sends the beginning of each answer at once, and its end only when it is told to. */
function aSlowLine() {
  const ends: (() => void)[] = []
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"uid":'))
        init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason))
        ends.push(() => {
          controller.enqueue(new TextEncoder().encode('"x"}'))
          controller.close()
        })
      },
    })
    return new Response(body, { headers: { 'content-type': 'application/json' } })
  }
  const end = () => {
    for (const each of ends) each()
  }
  return { barong: createBarong({ url: URL, fetch }), end }
}

const aMoment = () => new Promise(setImmediate)

describe('A slow line', () => {
  test('brings a document whole, however long it takes', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { barong, end } = aSlowLine()
    const response = await barong.fetch('/file').orThrow()
    const file = barong.request('GET /api/v1/admin/documents/{id}/file', FILE).orThrow()
    await aMoment()
    t.mock.timers.tick(LONG)
    end()
    assert.equal(await response.text(), '{"uid":"x"}')
    assert.equal(await (await file).text(), '{"uid":"x"}')
  })

  test('is left when the caller ends the call, also while the document is on its way', async () => {
    const controller = new AbortController()
    const response = await aSlowLine().barong.fetch('/file', { signal: controller.signal }).orThrow()
    controller.abort(new RangeError('enough'))
    await assert.rejects(response.text(), { message: 'enough' })
  })

  test('is not waited for where the answer is data', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const call = aSlowLine().barong.account.me()
    await aMoment()
    t.mock.timers.tick(LONG)
    assert.equal((await call).error?.kind, 'network')
  })
})

describe('Work that is asked for', () => {
  const work = { algorithm: 'SHA-256', challenge: 'x', difficulty: 200 }

  test('ends with the signal of its call', async () => {
    const controller = new AbortController()
    const { fetch } = answering({
      'GET /api/v1/accounts/me': () => Response.json({ error: 'Work', proof_of_work: work }, { status: 429 }),
    })
    const call = createBarong({ url: URL, fetch }).account.me({ signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    await assert.rejects(call, { name: 'AbortError' })
    await assert.rejects(solveProofOfWork(work, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  })
})

describe('A header of the caller', () => {
  test('stands in place of the one that the client would send, in whatever capitals', async () => {
    const { fetch, sent } = answering({ 'GET /api/v1/accounts/me': () => Response.json(null) })
    const headers = { Accept: 'text/plain', AUTHORIZATION: 'Basic x' }
    await createBarong({ url: URL, fetch }).account.me({ headers }).orThrow()
    assert.deepEqual(
      ['accept', 'authorization'].map((name) => sent[0]?.headers.get(name)),
      ['text/plain', 'Basic x'],
    )
  })
})

describe('A file that tells how far it is', () => {
  /** What browsers have and Node has not, as far as uploads use it. */
  class Xhr extends EventTarget {
    static readonly made: Xhr[] = []
    readonly upload = new EventTarget()
    readonly headers: string[] = []
    status = 0
    responseText = ''
    withCredentials = false
    constructor() {
      super()
      Xhr.made.push(this)
    }
    open() {}
    setRequestHeader(name: string) {
      this.headers.push(name)
    }
    getAllResponseHeaders() {
      return 'content-type: application/json\r\n'
    }
    send() {
      this.status = 201
      for (const name of ['load', 'loadend']) this.dispatchEvent(new Event(name))
    }
    abort() {
      for (const name of ['abort', 'loadend']) this.dispatchEvent(new Event(name))
    }
  }
  const sending = (options: Partial<Parameters<typeof upload>[1]>) =>
    upload(URL, {
      method: 'POST',
      headers: new Headers({ accept: 'application/json' }),
      body: new FormData(),
      credentials: 'same-origin',
      signal: new AbortController().signal,
      onProgress: () => {},
      ...options,
    })

  test('goes with cookies where the client sends them, and leaves nothing at the signal', async (t) => {
    Object.defineProperty(globalThis, 'XMLHttpRequest', { value: Xhr, configurable: true })
    t.after(() => Reflect.deleteProperty(globalThis, 'XMLHttpRequest'))
    const { signal } = new AbortController()
    const listeners = new Set<unknown>()
    t.mock.method(signal, 'addEventListener', (_: string, listener: unknown) => listeners.add(listener))
    t.mock.method(signal, 'removeEventListener', (_: string, listener: unknown) => listeners.delete(listener))
    assert.equal((await sending({ credentials: 'include', signal }))?.status, 201)
    assert.equal(listeners.size, 0)
    await sending({})
    assert.deepEqual(
      Xhr.made.map(({ withCredentials, headers }) => [withCredentials, headers]),
      [
        [true, ['accept']],
        [false, ['accept']],
      ],
    )
    await assert.rejects(sending({ signal: AbortSignal.abort() }) ?? Promise.resolve(), { name: 'AbortError' })
    const paper = { doc_type: 'Passport', doc_number: 'A1', doc_expire: '2099-12-31', upload: new Blob(['x']) }
    const { fetch, sent } = answering({ 'POST /api/v1/documents': () => new Response(null, { status: 201 }) })
    const made = Xhr.made.length
    await createBarong({ url: URL, fetch })
      .documents.add(paper, { onProgress: () => {} })
      .orThrow()
    assert.deepEqual([sent.length, Xhr.made.length], [1, made])
  })
})
