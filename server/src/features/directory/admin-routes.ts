import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { guard } from '../../platform/http/guards.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { listAndSearch } from '../../platform/http/searches.ts'
import { readAccount } from '../accounts/accounts.ts'
import { ActivityQuery } from '../audit/schema.ts'
import { requirePermission } from '../permissions/permissions.ts'
import { activitiesOf, detailOf } from './account-detail.ts'
import { listAccounts } from './account-list.ts'
import { addNote, notesOf } from './notes.ts'
import { AccountActivity, AccountDetail, AccountPage, AccountQuery, AccountUid, NewNote, NoteView } from './schema.ts'

const tags = ['accounts']
const params = AccountUid

/** Finding accounts and looking at them. */
export const directoryRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    await http.register(reading(deps))
    await http.register(readingNotes(deps))
    await http.register(writingNotes(deps))
  }

const reading =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('accounts.read'), 'before parameters')
    const { get, post } = listAndSearch(
      {
        summary: 'Find accounts, the newest first',
        tags,
        querystring: AccountQuery,
        response: { 200: AccountPage, 403: ErrorReply, 422: ErrorReply },
      },
      'AccountSearch',
    )
    http.get('/', get, async (request) => listAccounts(deps, callerOf(request).account.role, request.query))
    http.post('/search', post, async (request) => listAccounts(deps, callerOf(request).account.role, request.body))
    http.get(
      '/:uid',
      { schema: { summary: 'Show an account', tags, params, response: { 200: AccountDetail, 404: ErrorReply } } },
      async (request) => detailOf(deps, callerOf(request).account, await readAccount(deps, request.params.uid)),
    )
    http.get(
      '/:uid/activities',
      {
        schema: {
          summary: 'List what happened to an account, newest first',
          tags,
          params,
          querystring: ActivityQuery,
          response: { 200: Type.Array(AccountActivity), 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => {
        const account = await readAccount(deps, request.params.uid)
        return activitiesOf(deps, callerOf(request).account, account, request.query)
      },
    )
  }

const readingNotes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('notes.read'), 'before parameters')
    http.get(
      '/:uid/notes',
      {
        schema: {
          summary: 'List what colleagues noted, newest first',
          tags,
          params,
          response: { 200: Type.Array(NoteView), 403: ErrorReply, 404: ErrorReply },
        },
      },
      async (request) => notesOf(deps, callerOf(request).account, await readAccount(deps, request.params.uid)),
    )
  }

const writingNotes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('notes.write'), 'before parameters')
    http.post(
      '/:uid/notes',
      {
        schema: {
          summary: 'Note something for colleagues; the owner of the account never sees it',
          tags,
          params,
          body: NewNote,
          response: { 204: NoContent, 403: ErrorReply, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const account = await readAccount(deps, request.params.uid)
        await addNote(deps, callerOf(request).account, account, request.body.text)
        return reply.code(204).send(null)
      },
    )
  }
