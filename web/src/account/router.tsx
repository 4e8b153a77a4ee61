import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { AccountFrame } from './frame.tsx'
import { HomePage } from './home/page.tsx'
import { NotFoundPage } from './not-found.tsx'

const root = createRootRoute({ component: AccountFrame, notFoundComponent: NotFoundPage })

/** A page that is loaded when somebody goes there. */
const page = <const Path extends string>(path: Path, load: () => Promise<{ default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) })

const pages = [
  createRoute({ getParentRoute: () => root, path: '/account', component: HomePage }),
  page('/account/phone', () => import('./phone/page.tsx')),
  page('/account/profile', () => import('./profile/page.tsx')),
  page('/account/documents', () => import('./documents/page.tsx')),
  page('/account/security', () => import('./security/page.tsx')),
  page('/account/security/password', () => import('./password/page.tsx')),
  page('/account/security/two-factor', () => import('./two-factor/page.tsx')),
  page('/account/security/passkeys', () => import('./passkeys/page.tsx')),
  page('/account/security/email', () => import('./email/page.tsx')),
  page('/account/security/sessions', () => import('./sessions/page.tsx')),
  page('/account/security/applications', () => import('./applications/page.tsx')),
  page('/account/security/api-keys', () => import('./api-keys/page.tsx')),
  page('/account/security/notices', () => import('./notices/page.tsx')),
  page('/account/security/activity', () => import('./activity/page.tsx')),
] as const

export const router = createRouter({
  routeTree: root.addChildren(pages),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
