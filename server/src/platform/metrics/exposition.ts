import { AggregatorRegistry, type Registry } from 'prom-client'
import type { Siblings } from '../workers/worker.ts'

/** How metrics leave the process. */
export interface Exposition {
  /** Everything in the text exposition format; where there are several workers, their sum. */
  expose(): Promise<{ type: string; text: string }>
  /** Leaves what was counted to the other workers. */
  part(): Promise<void>
}

/** Exposes the registry once `refresh` has brought it up to date. */
export function expositionOf(
  registry: Registry,
  refresh: () => Promise<void>,
  siblings: Siblings | undefined,
): Exposition {
  siblings?.share(async () => {
    await refresh()
    return registry.getMetricsAsJSON()
  })
  const text = async () => {
    if (siblings) return AggregatorRegistry.aggregate([...(await siblings.all())]).metrics()
    await refresh()
    return registry.metrics()
  }
  return {
    expose: async () => ({ type: registry.contentType, text: await text() }),
    part: async () => siblings?.part(),
  }
}
