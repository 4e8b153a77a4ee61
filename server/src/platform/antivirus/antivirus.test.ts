import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { type Clamd, EICAR, EICAR_NAME, LARGEST, startClamd } from '../../../test/support/clamd.ts'
import type { Antivirus } from './antivirus.ts'
import { clamd } from './clamd.ts'
import { memoryAntivirus } from './memory.ts'

async function* parts(...all: (string | Uint8Array)[]) {
  for (const part of all) yield Buffer.from(part)
}

function antivirusContract(name: string, open: () => Antivirus): void {
  suite(`An antivirus (${name})`, () => {
    test('finds nothing in what is harmless', async () => {
      assert.equal(await open().scan(parts('hello')), undefined)
      assert.equal(await open().scan(parts()), undefined)
      assert.equal(await open().scan(parts('', '', 'x')), undefined)
      const large = Array.from({ length: 16 }, (_, index) => Buffer.alloc(64 * 1024, index))
      assert.equal(await open().scan(parts(...large)), undefined)
    })

    // ASVS 5.4.3
    test('names what it finds, wherever it is in the file, and however that comes', async () => {
      const half = EICAR.length / 2
      for (const content of [
        [EICAR],
        [Buffer.alloc(500_000), EICAR, Buffer.alloc(500_000)],
        ['%PDF-1.4\n', EICAR.slice(0, half), EICAR.slice(half), '\n%%EOF'],
        [...EICAR],
      ])
        assert.ok((await open().scan(parts(...content)))?.startsWith(EICAR_NAME))
    })

    test('looks through many files at once', async () => {
      const scanner = open()
      const found = await Promise.all(
        Array.from({ length: 20 }, (_, index) => scanner.scan(parts(index % 2 === 0 ? EICAR : `harmless ${index}`))),
      )
      assert.deepEqual(
        found.map((each) => each !== undefined),
        found.map((_, index) => index % 2 === 0),
      )
    })

    test('says what it is', async () => assert.notEqual(await open().version(), ''))
  })
}

antivirusContract('in memory', () => memoryAntivirus({ [EICAR_NAME]: EICAR }))

suite('ClamAV', () => {
  let daemon: Clamd | undefined
  before(async () => {
    daemon = await startClamd()
  })
  after(() => daemon?.[Symbol.asyncDispose]())
  antivirusContract('clamd by TCP', () => clamd(daemon?.tcp ?? ''))
  antivirusContract('clamd by its socket', () => clamd(daemon?.socket ?? ''))

  test('that is given more than it takes has looked through nothing', async () => {
    const content = Array.from({ length: 80 }, () => Buffer.alloc(LARGEST / 64))
    await assert.rejects(clamd(daemon?.tcp ?? '').scan(parts(...content)), /clamd/)
  })

  test('whose file breaks off has looked through nothing', async () => {
    async function* broken() {
      yield Buffer.from('hello')
      throw new Error('The file broke off')
    }
    await assert.rejects(clamd(daemon?.tcp ?? '').scan(broken()), /clamd/)
  })

  test('that is not there, or is something else, says so', async () => {
    await assert.rejects(clamd('clamav:///nowhere/clamd.ctl').scan(parts('x')), /clamd does not answer/)
    for (const answer of [
      '',
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      'stream: OKAY\0',
      'INSTREAM size limit exceeded. ERROR\0',
    ]) {
      const other = createServer((socket) => {
        socket.on('error', () => {})
        socket.end(answer)
      }).listen(0, '127.0.0.1')
      await once(other, 'listening')
      const address = other.address()
      const port = typeof address === 'object' ? address?.port : 0
      await assert.rejects(clamd(`clamav://127.0.0.1:${port}`).scan(parts('x')), /clamd/)
      other.close()
    }
  })
})
