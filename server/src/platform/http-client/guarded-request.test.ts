import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { describe, test } from 'node:test'
import { allowing } from './addresses.ts'
import { type Guard, guardedJson, guardedPost, hostProblem, urlProblem } from './guarded-request.ts'

const LOOPBACK = allowing(['127.0.0.0/8', '::1'])
const [PUBLIC, LOCAL] = [
  { address: '203.0.112.1', family: 4 },
  { address: '127.0.0.1', family: 4 },
]
const guard = (overrides: Partial<Guard> = {}): Guard => ({
  https_only: false,
  allowed: LOOPBACK,
  timeout: 2000,
  ...overrides,
})

async function aReceiver(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}/hook`,
    named: `http://localhost:${port}/hook`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('A guarded request', () => {
  test('posts the body and tells status and headers', async () => {
    let received = ''
    await using receiver = await aReceiver(async (request, response) => {
      for await (const chunk of request) received += String(chunk)
      response.writeHead(202, { 'retry-after': '7' }).end('thanks')
    })
    const { status, headers } = await guardedPost(receiver.named, { 'x-kind': 'test' }, 'héllo', guard())
    assert.equal(status, 202)
    assert.equal(headers['retry-after'], '7')
    assert.equal(received, 'héllo')
  })

  // ASVS 1.3.6, 13.2.4
  test('does not reach a private address, by number or by name', async () => {
    let reached = 0
    await using receiver = await aReceiver((_request, response) => {
      reached += 1
      response.end()
    })
    const closed = guard({ allowed: allowing([]) })
    await assert.rejects(guardedPost(receiver.url, {}, '', closed), /127\.0\.0\.1, which is not a public address/)
    await assert.rejects(
      guardedPost(receiver.named, {}, '', closed),
      /localhost is at .*, which is not a public address/,
    )
    for (const host of ['2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '0']) {
      await assert.rejects(guardedPost(receiver.url.replace('127.0.0.1', host), {}, '', closed), /not a public address/)
    }
    assert.equal(reached, 0)
  })

  test('reaches no metadata service for the sake of a wider network, but one that is listed by itself', () => {
    const problem = (url: string, allowed: string[]) =>
      urlProblem(url, { https_only: false, allowed: allowing(allowed) })
    const wide = ['169.0.0.0/8', '100.64.0.0/10', '168.0.0.0/8', 'fc00::/7', 'fe80::/9', '::ffff:0:0/96', '10.0.0.0/8']
    for (const host of [
      '169.254.169.254',
      '169.254.170.2',
      '100.100.100.200',
      '168.63.129.16',
      '[fd00:ec2::254]',
      '[fd20:ce::254]',
      '[::ffff:169.254.169.254]',
    ])
      assert.match(problem(`http://${host}/latest`, wide) ?? '', /not a public address/, host)
    for (const host of ['10.1.2.3', '100.64.1.1', '[fd12::1]'])
      assert.equal(problem(`http://${host}/`, wide), undefined)
    assert.equal(problem('http://169.254.169.254/', ['169.254.169.254']), undefined)
    assert.equal(problem('http://[fd00:ec2::254]/', ['fd00:ec2::254/128']), undefined)
  })

  // ASVS 1.3.6
  test('asks for the addresses of a name once, wants all of them to be public, and goes to none but these (DNS rebinding)', async () => {
    let reached = 0
    await using receiver = await aReceiver((_request, response) => {
      reached += 1
      response.end()
    })
    const url = receiver.url.replace('127.0.0.1', 'rebinding.example')
    const answers = [[PUBLIC], [LOCAL], [LOCAL]]
    const closed = (resolve: NonNullable<Guard['resolve']>) => guard({ allowed: allowing([]), timeout: 300, resolve })
    await assert.rejects(
      guardedPost(
        url,
        {},
        '',
        closed(async () => answers.shift() ?? [LOCAL]),
      ),
    )
    assert.equal(answers.length, 2, 'who changes their mind is not asked again')
    for (const both of [
      [PUBLIC, LOCAL],
      [LOCAL, PUBLIC],
      [PUBLIC, { address: '::ffff:127.0.0.1', family: 6 }],
    ])
      await assert.rejects(
        guardedPost(
          url,
          {},
          '',
          closed(async () => both),
        ),
        /which is not a public address/,
      )
    await assert.rejects(
      guardedPost(
        url,
        {},
        '',
        closed(async () => []),
      ),
      /has no address/,
    )
    assert.equal(reached, 0)
  })

  test('has a connection of its own, so that none outlives the check of its address', async () => {
    const sockets = new Set<unknown>()
    await using receiver = await aReceiver((request, response) => {
      sockets.add(request.socket)
      response.end('thanks')
    })
    for (const count of [1, 2, 3]) {
      assert.equal((await guardedPost(receiver.url, {}, '', guard())).status, 200)
      assert.equal(sockets.size, count)
    }
  })

  // ASVS 15.3.2
  test('follows no redirect', async () => {
    let reached = 0
    await using target = await aReceiver((_request, response) => {
      reached += 1
      response.end()
    })
    await using receiver = await aReceiver((_request, response) => {
      response.writeHead(307, { location: target.url }).end()
    })
    assert.equal((await guardedPost(receiver.url, {}, '', guard())).status, 307)
    assert.equal(reached, 0)
  })

  test('ends after its time, also when the answer only trickles in', async () => {
    await using silent = await aReceiver(() => {})
    await using slow = await aReceiver((_request, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(drip))
    })
    await assert.rejects(guardedPost(silent.url, {}, '', guard({ timeout: 150 })), /No answer within 0\.15 seconds/)
    await assert.rejects(guardedPost(slow.url, {}, '', guard({ timeout: 150 })), /No answer within 0\.15 seconds/)
  })

  test('reads no more than a little of a huge answer', async () => {
    let written = 0
    await using receiver = await aReceiver((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024)
      const pump = () => {
        while (!response.destroyed && written < 1e9) {
          written += chunk.length
          if (!response.write(chunk)) return void response.once('drain', pump)
        }
      }
      pump()
    })
    assert.equal((await guardedPost(receiver.url, {}, '', guard())).status, 200)
    assert.ok(written < 2e7, `${written} bytes were written`)
  })

  test('takes a document that is whole and was found, and no other', async () => {
    const answers: Record<string, RequestListener> = {
      whole: (_request, response) => response.end('{"keys":[]}'),
      missing: (_request, response) => response.writeHead(404).end('{"keys":[]}'),
      elsewhere: (_request, response) => response.writeHead(302, { location: '/whole' }).end('{"keys":[]}'),
      'too long': (_request, response) => response.end(`{"keys":[]}${' '.repeat(65 * 1024)}`),
      'broken off': (_request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"keys":[]}')
        setTimeout(() => response.destroy(), 50)
      },
    }
    const came: Record<string, unknown> = {}
    for (const [what, listener] of Object.entries(answers)) {
      await using receiver = await aReceiver(listener)
      came[what] = await guardedJson(receiver.url, guard()).catch((error: Error) => error.message)
    }
    assert.deepEqual(came, {
      whole: { keys: [] },
      missing: 'The answer was 404',
      elsewhere: 'The answer was 302',
      'too long': 'The answer was too long, or broke off',
      'broken off': 'aborted',
    })
  })

  test('is told beforehand of a name that leads to a private address, among others as well', async () => {
    const problem = (addresses: (typeof PUBLIC)[]) =>
      hostProblem('https://hook.example/', { allowed: allowing([]), resolve: async () => addresses })
    assert.match((await problem([PUBLIC, LOCAL])) ?? '', /127\.0\.0\.1, which is not a public address/)
    assert.equal(await problem([PUBLIC]), undefined)
  })

  test('speaks only https where that is asked for', () => {
    const problem = (url: string, https_only = true) => urlProblem(url, { https_only, allowed: allowing([]) })
    assert.equal(problem('https://example.com/hook'), undefined)
    assert.equal(problem('http://example.com/hook', false), undefined)
    assert.equal(problem('http://example.com/hook'), 'must begin with https://')
    assert.equal(problem('ftp://example.com', false), 'must begin with https:// or http://')
    assert.equal(problem('https://me:secret@example.com'), 'must not carry a user name or password')
    assert.equal(problem('https://example.com/#part'), 'must not have a fragment')
    assert.equal(problem('example.com'), 'is not an absolute URL')
    assert.equal(
      problem('https://169.254.169.254/latest'),
      'is at 169.254.169.254, which is not a public address (WEBHOOK_ALLOWED_NETWORKS can allow it)',
    )
  })
})
