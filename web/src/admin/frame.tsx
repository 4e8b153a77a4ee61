import { Button, Kbd, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { meQuery } from '../api/account.ts'
import { permissionsQuery } from '../api/console.ts'
import { queueCountsQuery } from '../api/reviews.ts'
import { productName } from '../boot.tsx'
import { Refused } from '../feedback/refused.tsx'
import { useI18n } from '../i18n/i18n.tsx'
import { Preferences } from '../preferences/preferences.tsx'
import { SignOut } from '../session/sign-out.tsx'
import { PAGES } from './pages.ts'
import { Palette, usePaletteKey } from './palette.tsx'
import { ConsoleLink } from './parts/link.tsx'

/** What stands around every page of the console; members of the public get no further. */
export function ConsoleFrame() {
  const { t } = useI18n()
  const { data: permissions, error } = useQuery(permissionsQuery)
  const { data: me } = useQuery(meQuery)
  const [isOpen, setOpen] = useState(false)
  const path = useLocation({ select: ({ pathname }) => pathname })
  // The menu of small screens is open on one page, and thus closed where it leads.
  const [menuAt, setMenuAt] = useState<string>()
  const isMenuOpen = menuAt === path
  usePaletteKey(() => setOpen(true))
  if (me?.required_action) return <LeadAway />
  if (!permissions) return error ? <Nobody error={error} /> : <Skeleton height="100dvh" />
  if (permissions.actions.length === 0) return <Nobody error={null} />
  const pages = PAGES.filter(({ action }) => permissions.actions.includes(action))
  return (
    <div className="console">
      <nav className="console-nav" aria-label={t('console.nav')}>
        <div className="console-bar">
          <ConsoleLink to="/admin" className="brand">
            {productName()}
          </ConsoleLink>
          <Button
            variant="default"
            size="xs"
            className="menu-button"
            aria-expanded={isMenuOpen}
            aria-controls="console-menu"
            onClick={() => setMenuAt(isMenuOpen ? undefined : path)}
          >
            {t('console.menu')}
          </Button>
        </div>
        <div className="console-menu" id="console-menu" data-open={isMenuOpen || undefined}>
          {pages.map(({ path, name }) => (
            <ConsoleLink key={path} to={path}>
              {t(name)}
              {path === '/admin/reviews' && <Waiting />}
            </ConsoleLink>
          ))}
          <Stack gap={12} className="bottom">
            <Button
              variant="default"
              size="xs"
              onClick={() => setOpen(true)}
              rightSection={<Kbd size="xs">Ctrl K</Kbd>}
            >
              {t('console.find')}
            </Button>
            <Text size="xs" c="dimmed">
              {t('console.role', { role: permissions.role })}
            </Text>
            <a href="/account">{t('console.toAccount')}</a>
            <Preferences />
            <SignOut />
          </Stack>
        </div>
      </nav>
      <main className="console-main" id="main">
        <Outlet />
      </main>
      {isOpen && <Palette pages={pages} onClose={() => setOpen(false)} />}
    </div>
  )
}

/** To the pages of their account, where something has to be done first, and which lead back. */
function LeadAway() {
  useEffect(() => location.replace('/account?return_to=/admin'), [])
  return <Skeleton height="100dvh" />
}

/** How many wait at the review desk. */
function Waiting() {
  const { language } = useI18n()
  const { data: counts } = useQuery(queueCountsQuery)
  return counts && counts.open > 0 && <span className="count">{counts.open.toLocaleString(language)}</span>
}

function Nobody({ error }: { error: Error | null }) {
  const { t } = useI18n()
  return (
    <main className="console-main">
      <Refused error={error} />
      <p>{t('console.forStaff')}</p>
      <a href="/account">{t('console.toAccount')}</a>
    </main>
  )
}
