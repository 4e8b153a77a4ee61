import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { meQuery } from '../api/account.ts'
import { productName } from '../boot.tsx'
import { useI18n } from '../i18n/i18n.tsx'
import { Preferences } from '../preferences/preferences.tsx'
import { SignOut } from '../session/sign-out.tsx'
import { Duty } from './duty.tsx'

/** Who works in the console. */
const STAFF = ['admin', 'compliance', 'support'] as const

/** What stands around every page of an account holder. */
export function AccountFrame() {
  const { t } = useI18n()
  const { data: me } = useQuery(meQuery)
  return (
    <div className="account">
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <header className="account-header">
        <Link to="/account" className="brand">
          {productName()}
        </Link>
        <nav aria-label={t('nav.label')} className="account-nav">
          <Link to="/account" activeOptions={{ exact: true }}>
            {t('nav.home')}
          </Link>
          <Link to="/account/security">{t('nav.security')}</Link>
        </nav>
        <SignOut />
      </header>
      <main className="column" id="main">
        <Duty />
        <Outlet />
      </main>
      <footer className="account-footer">
        {STAFF.some((role) => role === me?.role) && <a href="/admin">{t('nav.console')}</a>}
        <Preferences />
      </footer>
    </div>
  )
}
