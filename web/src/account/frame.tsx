import { Link, Outlet } from '@tanstack/react-router'
import { productName } from '../boot.tsx'
import { Preferences } from '../preferences/preferences.tsx'

/** What stands around every page of an account holder. */
export const AccountFrame = () => (
  <div className="account">
    <header className="account-header">
      <Link to="/account" className="brand">
        {productName()}
      </Link>
    </header>
    <main className="column">
      <Outlet />
    </main>
    <footer className="account-footer">
      <Preferences />
    </footer>
  </div>
)
