import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type Provider from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { Refusal } from '../../lib/errors.ts'
import { fieldOf, type Page, sendPage } from '../../platform/http/pages.ts'
import {
  consent,
  decline,
  type Exchange,
  type Interaction,
  readInteraction,
  submitPassword,
  submitSecondFactor,
} from './interactions.ts'
import { consentPage, problemPage, secondFactorPage, signInPage } from './pages.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring'>
type Step = (exchange: Exchange, form: unknown) => Promise<string | undefined>

/** The steps of signing in and consenting as pages that need no script. */
export const interactionRoutes =
  (needs: Needs, provider: () => Provider) =>
  async (http: FastifyInstance): Promise<void> => {
    const take = (path: string, step: Step) =>
      http.post(`/oauth/interaction/:id/${path}`, async (request, reply) => {
        const exchange = exchangeOf(provider(), request, reply)
        try {
          const goOn = await step(exchange, request.body)
          return reply
            .code(303)
            .header('location', goOn ?? `/oauth/interaction/${exchange.id}`)
            .send()
        } catch (error) {
          return again(exchange, request, reply, error)
        }
      })
    http.get('/oauth/interaction/:id', async (request, reply) => {
      const exchange = exchangeOf(provider(), request, reply)
      try {
        const interaction = await readInteraction(exchange)
        return sendStep(request, reply, 200, interaction, pageOf(interaction))
      } catch (error) {
        return again(exchange, request, reply, error)
      }
    })
    take('sign_in', (exchange, form) =>
      submitPassword(needs, exchange, { email: fieldOf(form, 'email'), password: fieldOf(form, 'password') }),
    )
    take('second_factor', (exchange, form) => submitSecondFactor(needs, exchange, fieldOf(form, 'code')))
    take('consent', (exchange) => consent(exchange))
    take('decline', (exchange) => decline(exchange))
  }

/** The interaction that a request belongs to. */
export const exchangeOf = (provider: Provider, request: FastifyRequest, reply: FastifyReply): Exchange => ({
  provider,
  request: request.raw,
  response: reply.raw,
  id: fieldOf(request.params, 'id'),
})

async function again(exchange: Exchange, request: FastifyRequest, reply: FastifyReply, error: unknown) {
  if (!(error instanceof Refusal)) throw error
  if (error.status === 404) return sendPage(request, reply, 404, problemPage('This sign-in is over', error.message))
  const interaction = await readInteraction(exchange)
  const page = pageOf(interaction, error.message, fieldOf(request.body, 'email'))
  return sendStep(request, reply, error.status === 401 || error.status === 403 ? 422 : error.status, interaction, page)
}

function pageOf(interaction: Interaction, problem?: string, email?: string): Page {
  if (interaction.step === 'consent') return consentPage(interaction)
  if (interaction.step === 'second_factor') return secondFactorPage(interaction, problem)
  return signInPage(interaction, { problem, email })
}

/** Browsers apply `form-action` to where a form is redirected as well, which here is the application in the end. */
function sendStep(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  { redirect_uri }: Interaction,
  page: Page,
) {
  const origin = redirect_uri !== undefined && URL.canParse(redirect_uri) ? new URL(redirect_uri).origin : 'null'
  const policy = String(reply.getHeader('content-security-policy') ?? '')
  const target = origin === 'null' ? '*' : origin
  reply.header('content-security-policy', policy.replace("form-action 'self'", `form-action 'self' ${target}`))
  return sendPage(request, reply, status, page)
}
