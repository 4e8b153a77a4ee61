import { useLocation } from '@tanstack/react-router'
import type { AnchorHTMLAttributes } from 'react'
import { useGo } from './address.ts'

interface Props extends AnchorHTMLAttributes<HTMLAnchorElement> {
  to: string
}

/** A link within the console; with a modifier key it opens as any other link does. */
export function ConsoleLink({ to, children, onClick, ...rest }: Props) {
  const go = useGo()
  const path = useLocation({ select: (location) => location.pathname })
  const isHere = to === '/admin' ? path === to : path.startsWith(to)
  return (
    <a
      {...rest}
      href={to}
      aria-current={isHere ? 'page' : undefined}
      onClick={(event) => {
        onClick?.(event)
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
        event.preventDefault()
        go(to)
      }}
    >
      {children}
    </a>
  )
}
