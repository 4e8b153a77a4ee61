import { type Span, SpanStatusCode } from '@opentelemetry/api'
import type { FastifyInstance } from 'fastify'
import type { Tracing } from '../tracing/tracing.ts'
import { operationOf } from './observing.ts'

const SPAN = 'span'

/** A span for each request; what it sets in motion stands below it. Names follow OpenTelemetry's conventions for HTTP. */
export function traceRequests(http: FastifyInstance, tracing: Tracing): void {
  http.decorateRequest(SPAN, null)
  http.addHook('onRequest', (request, _reply, done) => {
    const operation = operationOf(request)
    const traceparent = request.headers['traceparent']
    const span = tracing.begin(
      `${request.method} ${operation}`,
      { 'http.request.method': request.method, 'http.route': operation, 'barong.request_id': request.id },
      typeof traceparent === 'string' ? traceparent : undefined,
    )
    request.setDecorator<Span>(SPAN, span)
    tracing.within(span, done)
  })
  // A body arrives by events of the socket, which know nothing of the request they belong to.
  http.addHook('preValidation', (request, _reply, done) => tracing.within(request.getDecorator<Span>(SPAN), done))
  http.addHook('onResponse', (request, reply, done) => {
    const span = request.getDecorator<Span>(SPAN)
    const { statusCode } = reply.raw
    span.setAttribute('http.response.status_code', statusCode)
    if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
    done()
  })
}
