import { Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'

/** The page's name, in the window's title too; it takes the focus, so that a screen reader says where one is. */
export function PageTitle({ title, product, children }: { title: string; product: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · ${product}`
    heading.current?.focus({ preventScroll: true })
  }, [title, product])
  return (
    <header className="page-title">
      <Title order={1} ref={heading} tabIndex={-1}>
        {title}
      </Title>
      {children}
    </header>
  )
}
