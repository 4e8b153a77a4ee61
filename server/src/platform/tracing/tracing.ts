import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Attributes,
  type Context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { Clock } from '../../lib/clock.ts'
import type { TracingSettings } from './exporter.ts'

/** Spans of requests, and below them of what they set in motion; sent to a collector of OpenTelemetry. */
export interface Tracing extends AsyncDisposable {
  /** Begins the span of a request, below the caller's when it sent a `traceparent` (W3C Trace Context). */
  begin(name: string, attributes: Attributes, traceparent: string | undefined): Span
  /** Runs something, and all it calls and awaits, below a span. */
  within<T>(span: Span, run: () => T): T
  /** Notes work that ended just now and took `ms`; `error` when it failed. */
  note(name: string, ms: number, attributes: Attributes, error?: unknown): void
  /** Id of the trace of what is under way. */
  traceId(): string | undefined
}

/** Loads the exporter only where it is wanted: it is not small. */
export async function openTracing(clock: Clock, settings: TracingSettings): Promise<Tracing> {
  const { openTracer } = await import('./exporter.ts')
  const { tracer, close } = openTracer(settings)
  const spans = new AsyncLocalStorage<Span>()
  const below = (): Context => {
    const span = spans.getStore()
    return span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT
  }
  return {
    begin: (name, attributes, traceparent) =>
      tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, contextOf(traceparent)),
    within: (span, run) => spans.run(span, run),
    note: (name, ms, attributes, error) => {
      const ended = clock.now()
      const options = { kind: SpanKind.CLIENT, attributes, startTime: ended - ms }
      const span = tracer.startSpan(name, options, below())
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: nameOf(error) })
      span.end(ended)
    },
    traceId: () => spans.getStore()?.spanContext().traceId,
    [Symbol.asyncDispose]: close,
  }
}

/** Messages of errors may quote what somebody entered; their names do not. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'Error')

/** The caller's span (W3C Trace Context, section 3.2); what is not well formed counts as none. */
function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED
  const caller = { traceId, spanId, traceFlags, isRemote: true }
  return isSpanContextValid(caller) ? trace.setSpanContext(ROOT_CONTEXT, caller) : ROOT_CONTEXT
}
