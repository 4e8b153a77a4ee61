/** The phone and the name of one person, and a name that one in a hundred has. */
export const PHONE = '+4915112345678'
export const RARE_NAME = 'ulrike'
export const USUAL_NAME = 'maria'

/** The day that one of the lists is of, in days before the last account. */
export const DAYS_AGO = 10

/** What is asked for on the pages of the console, below `/api/v1/admin`; `day` is the one of {@link DAYS_AGO}. */
export const listsOf = (day: string): Readonly<Record<string, string>> => ({
  'accounts: first page': '/accounts',
  'e-mail of one': '/accounts?email=person777%40example.com',
  'e-mail begins so': '/accounts?email=person77',
  'e-mail begins as all do': '/accounts?email=person',
  uid: '/accounts?uid=IDU0000005000',
  phone: `/accounts?phone=${encodeURIComponent(PHONE)}`,
  'name of one': `/accounts?name=${RARE_NAME}`,
  'name of 1 %': `/accounts?name=${USUAL_NAME}`,
  'name of 1 % and another: nobody': `/accounts?name=${USUAL_NAME}%20${RARE_NAME}`,
  'level 3 (a quarter)': '/accounts?level=3',
  'state banned (1 %)': '/accounts?state=banned',
  'role compliance (ten)': '/accounts?role=compliance',
  'label document:verified (a quarter)': '/accounts?label=document:verified',
  'label document:pending (0.1 %)': '/accounts?label=document:pending',
  'label, level and state': '/accounts?label=document:verified&level=3&state=active',
  'country DE (a half)': '/accounts?country=DE',
  'country LI (0.1 %)': '/accounts?country=LI',
  'country LI and banned: nobody': '/accounts?country=LI&state=banned',
  'one day': `/accounts?created_from=${day}&created_to=${day}`,
  'banned of level 2: nobody': '/accounts?state=banned&level=2',
  'banned of role compliance: nobody': '/accounts?state=banned&role=compliance',
  'reviews: those who wait longest': '/reviews',
  'reviews of LI': '/reviews?country=LI',
  'reviews: third attempts': '/reviews?attempt=3',
  'reviews: how many': '/reviews/counts',
  'audit log: newest': '/audit/records',
  'audit log: of one account': '/audit/records?account=IDU0000005000',
  'audit log: refused sign-ins': '/audit/records?action=session.refused',
  'audit log: all that was refused': '/audit/records?result=refused',
  'audit log: one day': `/audit/records?since=${day}T00:00:00Z&until=${day}T23:59:59Z`,
  'audit log: all until that day': `/audit/records?until=${day}T00:00:00Z`,
  'audit log: created sessions that were refused: none': '/audit/records?action=session.created&result=refused',
  'labels that are in use': '/labels',
  levels: '/levels',
  dashboard: '/dashboard',
})

/** How far into the list of all accounts one page is. */
export const PAGES = 1000
