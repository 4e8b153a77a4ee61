import { isBarongError } from '@barong/sdk'
import type { MantineThemeOverride } from '@mantine/core'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type AnyRouter, RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Failed } from './feedback/failed.tsx'
import { Speaking } from './i18n/i18n.tsx'
import { directionOf, load, pageLanguage } from './i18n/language.ts'
import { SessionCover } from './session/cover.tsx'
import { coverPages, saysSessionIsOver, signInAddress } from './session/session.ts'
import './session/cover.css'
import { UiProvider } from './ui/provider.tsx'

/**
 * Data of the API, asked for once and kept while it is fresh. Who opens a page and is not signed in is sent to the sign-in
 * page; who is signed out while a page is open keeps what they typed there.
 */
export function createQueries(): QueryClient {
  const queries: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, { state }) => {
        if (!saysSessionIsOver(error)) return
        if (state.data === undefined) location.assign(signInAddress())
        else cover(queries)
      },
    }),
    mutationCache: new MutationCache({ onError: (error) => saysSessionIsOver(error) && cover(queries) }),
    defaultOptions: { queries: { staleTime: 15_000, retry: (count, error) => isPassing(error) && count < 2 } },
  })
  return queries
}

/** Fills the page that the server sent with an entry of the app. */
export async function boot(router: AnyRouter, queries: QueryClient, theme: MantineThemeOverride): Promise<void> {
  const place = document.getElementById('app')
  if (!place) throw new Error('The page has no place for the app.')
  const language = pageLanguage()
  const messages = await load[language]()
  router.update({ ...router.options, defaultErrorComponent: Failed })
  createRoot(place).render(
    <StrictMode>
      <UiProvider dir={directionOf(language)} theme={theme}>
        <Speaking spoken={{ language, messages }}>
          <QueryClientProvider client={queries}>
            <RouterProvider router={router} />
          </QueryClientProvider>
          <SessionCover />
        </Speaking>
      </UiProvider>
    </StrictMode>,
  )
}

/** The product's name, as the server put it on the page. */
export const productName = (): string => document.getElementById('app')?.dataset['name'] ?? ''

const isPassing = (error: Error): boolean =>
  isBarongError(error) && ['network', 'unavailable', 'unexpected'].includes(error.kind)

/** Covers the pages; who is signed in is asked anew as soon as somebody comes back to them. */
function cover(queries: QueryClient): void {
  coverPages()
  void queries.invalidateQueries({ queryKey: ['me'], refetchType: 'none' })
}
