import type { Deps } from '../../deps.ts'
import { webhookDestinationName } from '../../platform/events/endpoints.ts'
import { type Backlog, backlogs, destinationBacklogs } from '../../platform/events/health.ts'
import type { HealthView } from './schema.ts'
import { listEndpointStates } from './store.ts'

/** How far behind each kind of delivery is, and each destination of events, also those that are up to date. */
export async function readHealth(needs: Pick<Deps, 'db' | 'clock'>): Promise<HealthView> {
  const [kinds, places, endpoints] = await Promise.all([
    backlogs(needs),
    destinationBacklogs(needs),
    listEndpointStates(needs.db),
  ])
  const byName = new Map(places.map((place) => [place.kind, place]))
  const brokers = places.filter(({ kind }) => !kind.includes(':'))
  return {
    kinds: kinds.map((backlog) => ({ kind: backlog.kind, ...figures(backlog) })),
    destinations: [
      ...brokers.map((backlog) => ({ destination: backlog.kind, url: null, disabled_at: null, ...figures(backlog) })),
      ...endpoints.map((endpoint) => ({
        destination: endpoint.uid,
        url: endpoint.url,
        disabled_at: endpoint.disabled_at,
        ...figures(byName.get(webhookDestinationName(endpoint))),
      })),
    ],
  }
}

const figures = ({ waiting, lag, dead }: Omit<Backlog, 'kind'> = { waiting: 0, lag: 0, dead: 0 }) => ({
  waiting,
  lag_seconds: Math.round(lag / 1000),
  dead,
})
