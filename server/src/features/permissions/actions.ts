/** What can be done by those who run the server, named by what it acts on; the texts stand in the console and its guide. */
export const actions = {
  'accounts.read': 'Find accounts and look at them',
  'personal_data.read': 'See names, addresses, numbers and e-mails in full, and search by parts of them',
  'accounts.unlock': 'End a lock before it lapses',
  'accounts.end_sessions': 'Sign an account out everywhere',
  'accounts.reset_password': 'Have somebody mailed a link that sets a new password',
  'accounts.change_state': 'Lock, ban and readmit an account',
  'accounts.change_role': 'Give an account another role',
  'accounts.change_labels': 'Add, change and remove labels, and with them levels',
  'accounts.disable_2fa': 'Turn off the second factor of somebody who lost it',
  'accounts.discard': 'Close an account, and open it again',
  'accounts.erase': 'Erase a person for good, with all their data',
  'notes.read': 'Read what colleagues noted about an account',
  'notes.write': 'Note something about an account',
  'reviews.read': 'See who waits for a review, and what was decided',
  'reviews.decide': 'Claim cases and decide them',
  'documents.view': 'Open the files of documents, under one’s own watermark',
  'levels.read': 'See the levels, and which labels there are',
  'levels.write': 'Change the levels, and with them those of all accounts',
  'keys.read': 'See which keys sign tokens',
  'keys.rotate': 'Make successors of the keys that sign tokens',
  'dashboard.read': 'See the figures of sign-ups, sign-ins and reviews',
  'applications.read': 'Look at applications',
  'applications.write': 'Register, change and remove applications',
  'websites.read': 'Look at how pages look under each domain',
  'websites.write': 'Change title, logo, colours and links of pages and mails',
  'activities.read': 'Read the audit log',
  'activities.verify': 'Have the audit log verified',
  'webhooks.read': 'Look at webhook endpoints',
  'webhooks.write': 'Add, change, test and remove webhook endpoints',
  'events.read': 'See the log of events, deliveries and dead letters',
  'events.replay': 'Send events, mails and SMS again',
} as const

/** The stable name of what can be done. */
export type Action = keyof typeof actions

const ALL = Object.keys(actions).filter((name): name is Action => name in actions)

/** The one table of who may do what; a role that is not listed may do nothing. */
const granted = {
  admin: ALL,
  compliance: [
    'accounts.read',
    'personal_data.read',
    'accounts.unlock',
    'accounts.end_sessions',
    'accounts.reset_password',
    'accounts.change_state',
    'notes.read',
    'notes.write',
    'levels.read',
    'dashboard.read',
    'reviews.read',
    'reviews.decide',
    'documents.view',
    'activities.read',
    'activities.verify',
  ],
  support: [
    'accounts.read',
    'accounts.unlock',
    'accounts.end_sessions',
    'accounts.reset_password',
    'notes.read',
    'notes.write',
  ],
  member: [],
} as const satisfies Record<string, readonly Action[]>

type Role = keyof typeof granted

/** The roles an account can have: `member` owns one, `support` helps people, `compliance` reviews them, `admin` runs the place. */
export const ROLES = ['member', 'support', 'compliance', 'admin'] as const satisfies readonly Role[]

/** What the role may do; nothing when it is unknown. */
export const actionsOf = (role: string): readonly Action[] =>
  Object.entries(granted).find(([name]) => name === role)?.[1] ?? []

/** Whether the role may do it. */
export const may = (role: string, action: Action): boolean => actionsOf(role).includes(action)
