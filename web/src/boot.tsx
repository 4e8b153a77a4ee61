import { isBarongError } from '@barong/sdk'
import type { MantineThemeOverride } from '@mantine/core'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type AnyRouter, RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Speaking } from './i18n/i18n.tsx'
import { directionOf, load, pageLanguage } from './i18n/language.ts'
import { UiProvider } from './ui/provider.tsx'

/** Data of the API, asked for once and kept while it is fresh; who is not signed in is sent to the sign-in page. */
export const createQueries = (): QueryClient =>
  new QueryClient({
    queryCache: new QueryCache({ onError: goAndSignIn }),
    defaultOptions: {
      queries: { staleTime: 15_000, retry: (count, error) => isPassing(error) && count < 2 },
      mutations: { onError: goAndSignIn },
    },
  })

/** Fills the page that the server sent with an entry of the app. */
export async function boot(router: AnyRouter, queries: QueryClient, theme: MantineThemeOverride): Promise<void> {
  const place = document.getElementById('app')
  if (!place) throw new Error('The page has no place for the app.')
  const language = pageLanguage()
  const messages = await load[language]()
  createRoot(place).render(
    <StrictMode>
      <UiProvider dir={directionOf(language)} theme={theme}>
        <Speaking spoken={{ language, messages }}>
          <QueryClientProvider client={queries}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </Speaking>
      </UiProvider>
    </StrictMode>,
  )
}

/** The product's name, as the server put it on the page. */
export const productName = (): string => document.getElementById('app')?.dataset['name'] ?? ''

const isPassing = (error: Error): boolean =>
  isBarongError(error) && ['network', 'unavailable', 'unexpected'].includes(error.kind)

function goAndSignIn(error: Error): void {
  if (!isBarongError(error) || error.kind !== 'unauthenticated') return
  const here = `${location.pathname}${location.search}`
  location.assign(`/sign-in?return_to=${encodeURIComponent(here)}`)
}
