import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, PASSWORD } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[]
  status: { code?: number }
}

/** What a collector of OpenTelemetry takes over OTLP/HTTP in JSON, and the headers it came with. */
async function aCollector() {
  const bodies: string[] = []
  const headers: NodeJS.Dict<string | string[]>[] = []
  const server = createServer(async (request, response) => {
    headers.push(request.headers)
    bodies.push(`${request.url} ${await text(request)}`)
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port }: AddressInfo = Object(server.address())
  const spansOf = (body: string): Span[] =>
    JSON.parse(body.slice(body.indexOf('{'))).resourceSpans.flatMap(
      ({ scopeSpans }: { scopeSpans: { spans: Span[] }[] }) => scopeSpans.flatMap(({ spans }) => spans),
    )
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    headers,
    spans: () => bodies.flatMap(spansOf),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const attribute = (span: Span | undefined, name: string) => {
  const value = span?.attributes.find(({ key }) => key === name)?.value
  return value?.stringValue ?? value?.intValue
}

onEachDatabase('Traces', (newDatabase) => {
  // ASVS 16.2.5, 16.4.1
  test('show a request below its caller, what it asked of the database below it, and no values', async () => {
    await using collector = await aCollector()
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-team=accounts' }
    const traceId = 'a'.repeat(32)
    const parent = 'b'.repeat(16)
    const email = 'traced.person@example.com'
    {
      await using server = await testServer(await newDatabase(), environment)
      await anAccount(server, { email })
      const headers = { traceparent: `00-${traceId}-${parent}-01` }
      const json = { email, password: PASSWORD, application_id: 'unknown' }
      const answer = await server.call('POST', '/sessions', { json, headers })
      assert.equal(answer.status, 401)
    }
    const spans = collector.spans().filter((span) => span.traceId === traceId)
    const request = spans.find(({ parentSpanId }) => parentSpanId === parent)
    assert.equal(request?.name, 'POST /api/v1/sessions')
    assert.equal(attribute(request, 'http.response.status_code'), 401)
    const queries = spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId)
    assert.ok(queries.some((span) => /select .* from "applications"/.test(String(attribute(span, 'db.query.text')))))
    assert.equal(collector.headers[0]?.['x-team'], 'accounts')
    assert.ok(collector.bodies.every((body) => body.startsWith('/v1/traces ')))
    for (const secret of [email, PASSWORD]) assert.ok(!collector.bodies.join().includes(secret), secret)
  })

  test('are begun as often as told, and left out where the caller left them out', async () => {
    await using collector = await aCollector()
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0' }
    const kept = 'c'.repeat(32)
    {
      await using server = await testServer(await newDatabase(), environment)
      await server.call('GET', '/labels')
      await server.call('GET', '/labels', { headers: { traceparent: `00-${'d'.repeat(32)}-${'e'.repeat(16)}-00` } })
      await server.call('GET', '/labels', { headers: { traceparent: `00-${kept}-${'e'.repeat(16)}-01` } })
      await server.call('GET', '/labels', { headers: { traceparent: 'no trace at all' } })
    }
    assert.deepEqual([...new Set(collector.spans().map((span) => span.traceId))], [kept])
  })

  test('that no collector takes are dropped, and nobody waits for them', async () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
    await using server = await testServer(await newDatabase(), environment)
    assert.equal((await server.call('GET', '/labels')).status, 401)
  })
})
