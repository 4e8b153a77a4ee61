import type { Key } from '../i18n/language.ts'

interface Page {
  path: string
  name: Key
  /** What one must be allowed to do, to see it. */
  action: string
}

/** The pages of the console, in the order of its navigation. */
export const PAGES: readonly Page[] = [
  { path: '/admin/reviews', name: 'console.reviews', action: 'reviews.read' },
  { path: '/admin/accounts', name: 'console.accounts', action: 'accounts.read' },
  { path: '/admin/levels', name: 'console.levels', action: 'levels.read' },
  { path: '/admin/websites', name: 'console.websites', action: 'websites.read' },
  { path: '/admin/applications', name: 'console.applications', action: 'applications.read' },
  { path: '/admin/webhooks', name: 'console.webhooks', action: 'webhooks.read' },
  { path: '/admin/events', name: 'console.events', action: 'events.read' },
  { path: '/admin/audit', name: 'console.audit', action: 'activities.read' },
  { path: '/admin/keys', name: 'console.keys', action: 'keys.read' },
]
