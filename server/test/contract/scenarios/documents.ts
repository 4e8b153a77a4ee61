import { aPng, type FormPart, multipart } from '../../support/multipart.ts'
import { member, type Scenarios, stranger } from './scenario.ts'

const form = (changed: { doc_type?: string; size?: number } = {}) => {
  const parts: FormPart[] = [
    ['doc_expire', '2099-12-31'],
    ['doc_type', changed.doc_type ?? 'Passport'],
    ['doc_number', 'AB-12 34'],
    ['upload', { filename: 'passport.png', type: 'image/png', content: aPng(changed.size) }],
  ]
  return multipart(parts)
}

export const documents: Scenarios = {
  getV1Documents: {
    200: member('GET', '/documents'),
    401: stranger('GET', '/documents'),
  },
  postV1Documents: {
    201: member('POST', '/documents', form()),
    400: member('POST', '/documents', { json: {} }),
    401: (server) => server.call('POST', '/documents', form()),
    413: member('POST', '/documents', form({ size: 12 * 1024 * 1024 })),
    422: member('POST', '/documents', form({ doc_type: 'Library card' })),
    503: async (server) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      // One is looked at, and as many wait as may.
      const others = Array.from({ length: 33 }, () => server.deps.inspection.run(() => promise))
      try {
        return await member('POST', '/documents', form())(server)
      } finally {
        resolve()
        await Promise.all(others)
      }
    },
  },
}
