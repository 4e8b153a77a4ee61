import { createRootRoute, createRoute, createRouter, Outlet } from '@tanstack/react-router'
import { DashboardPage } from './dashboard/page.tsx'

const root = createRootRoute({ component: Outlet })
const dashboard = createRoute({ getParentRoute: () => root, path: '/admin', component: DashboardPage })

export const router = createRouter({ routeTree: root.addChildren([dashboard]), defaultPreload: 'intent' })
