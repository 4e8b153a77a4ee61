import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { AccountFrame } from './frame.tsx'
import { HomePage } from './home/page.tsx'
import { NotFoundPage } from './not-found.tsx'

const root = createRootRoute({ component: AccountFrame, notFoundComponent: NotFoundPage })

const home = createRoute({ getParentRoute: () => root, path: '/account', component: HomePage })

export const router = createRouter({
  routeTree: root.addChildren([home]),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
