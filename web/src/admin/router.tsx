import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { DashboardPage } from './dashboard/page.tsx'
import { ConsoleFrame } from './frame.tsx'
import { NotFoundPage } from './not-found.tsx'

const root = createRootRoute({ component: ConsoleFrame, notFoundComponent: NotFoundPage })

/** A page that is loaded when somebody goes there. */
const page = (path: string, load: () => Promise<{ default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) })

const pages = [
  createRoute({ getParentRoute: () => root, path: '/admin', component: DashboardPage }),
  page('/admin/reviews', () => import('./reviews/page.tsx')),
  page('/admin/accounts', () => import('./accounts/page.tsx')),
  page('/admin/accounts/$uid', () => import('./accounts/detail/page.tsx')),
  page('/admin/levels', () => import('./levels/page.tsx')),
  page('/admin/websites', () => import('./websites/page.tsx')),
  page('/admin/applications', () => import('./applications/page.tsx')),
  page('/admin/webhooks', () => import('./webhooks/page.tsx')),
  page('/admin/events', () => import('./events/page.tsx')),
  page('/admin/audit', () => import('./audit/page.tsx')),
  page('/admin/keys', () => import('./keys/page.tsx')),
]

export const router = createRouter({ routeTree: root.addChildren(pages), scrollRestoration: true })

// Links of before had their filters in the query, which servers are sent.
const { pathname, search, hash } = router.history.location
if (search !== '' && hash === '') router.history.replace(`${pathname}#${search.slice(1)}`)

// What stands behind the # names no place of a page: who goes on begins at the top.
let isNew = false
router.history.subscribe(({ action }) => {
  isNew = action.type === 'PUSH'
})
router.subscribe('onRendered', ({ toLocation }) => {
  if (isNew && toLocation.hash !== '') scrollTo(0, 0)
  isNew = false
})
