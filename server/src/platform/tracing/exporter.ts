import type { Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** Where to send spans, and how many. */
export interface TracingSettings {
  /** Base URL of an OTLP/HTTP collector, without `/v1/traces`. */
  endpoint: string
  headers: Record<string, string>
  service: string
  /** Part of the traces that begin here which is kept, from 0 to 1; a caller's decision is followed. */
  ratio: number
}

/** A tracer that sends its spans in batches; those it cannot get rid of are dropped, never kept without bound. */
export function openTracer({ endpoint, headers, service, ratio }: TracingSettings): {
  tracer: Tracer
  close: () => Promise<void>
} {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers, timeoutMillis: 5000 })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  // A collector that cannot be reached at the end must not make the end look like a failure.
  return { tracer: provider.getTracer('barong'), close: () => provider.shutdown().catch(() => {}) }
}
